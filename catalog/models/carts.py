"""What a member means to buy. A paid cart is an order's list of lines and stays so."""

import pgtrigger
from django.db import models
from django.db.models import Q

from catalog.models.products import Product
from gymsite.core import money
from gymsite.core.models import Branch, User, refuses
from gymsite.payments.models import Payment

LARGEST_QUANTITY = 50


class Cart(models.Model):
    """``branch`` is where it will be collected.

    ``payment`` is the attempt to pay that is under way, or that paid.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ORDERED = "ordered", "Ordered"

    TRANSITIONS = {Status.OPEN: {Status.ORDERED}, Status.ORDERED: set()}

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(
        User, models.PROTECT, related_name="carts", db_index=False
    )
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.OPEN)
    payment = models.OneToOneField(
        Payment, models.PROTECT, null=True, blank=True, related_name="cart"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(status="open"),
                name="catalog_cart_one_open",
            ),
            models.CheckConstraint(
                condition=Q(status="open") | Q(payment__isnull=False),
                name="catalog_cart_ordered_is_paid",
            ),
        ]
        # queries.recommendations: what a member bought
        indexes = [models.Index(fields=["member", "-id"], name="catalog_cart_member")]
        triggers = [
            refuses(
                "stays_ordered",
                pgtrigger.Update,
                "a cart that was ordered stays as it was",
                pgtrigger.Condition("OLD.status = 'ordered'"),
            ),
            refuses(
                "keeps_its_member",
                pgtrigger.UpdateOf("member_id"),
                "a cart stays with its member",
            ),
        ]

    def __str__(self) -> str:
        return f"Cart {self.pk}"


# SHARE waits for a rival that orders the cart, and then sees how that ended.
_CART_IS_OPEN = """
    IF (SELECT status FROM catalog_cart WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.cart_id ELSE NEW.cart_id END
        FOR SHARE) <> 'open' THEN
        RAISE EXCEPTION 'what was ordered stays as it was'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'catalog_cartitem_cart_is_open';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
"""


class CartItem(models.Model):
    """So many of one product at the name and price that the member saw.

    The price is in minor units of ``currency``. Checking out holds them against what is
    true then, so nobody pays a price they did not see.
    """

    cart = models.ForeignKey(Cart, models.PROTECT, related_name="items", db_index=False)
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField(max_length=80)
    quantity = models.PositiveSmallIntegerField()
    price_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        ordering = ["id"]
        constraints = [
            money.currency_known("catalog_cartitem"),
            models.UniqueConstraint(
                fields=["cart", "product"], name="catalog_cartitem_one_a_product"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=LARGEST_QUANTITY),
                name="catalog_cartitem_quantity",
            ),
        ]
        # which carts hold a product: the reviews' right to speak, and reconcile
        indexes = [
            models.Index(fields=["product", "cart"], name="catalog_cartitem_product")
        ]
        triggers = [
            pgtrigger.Trigger(
                name="cart_is_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=_CART_IS_OPEN,
            ),
            # Whoever changes what is in a cart holds its row: no two look at once.
            pgtrigger.Trigger(
                name="one_currency",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("currency"),
                func="""
                    IF EXISTS (
                        SELECT FROM catalog_cartitem
                        WHERE cart_id = NEW.cart_id AND product_id <> NEW.product_id AND currency <> NEW.currency
                    ) THEN
                        RAISE EXCEPTION 'a cart is paid in one currency'
                        USING ERRCODE = 'integrity_constraint_violation',
                            CONSTRAINT = 'catalog_cartitem_one_currency';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.name}"

    @property
    def total_minor(self) -> int:
        return self.quantity * self.price_minor

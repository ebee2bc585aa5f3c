"""How much there is of each product: ledger, level, and what carts hold for a while."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from catalog.models.carts import LARGEST_QUANTITY, Cart
from catalog.models.orders import Order
from catalog.models.products import Product
from catalog.models.purchasing import Delivery, PurchaseLine
from gymsite.core.models import APPEND_ONLY, Branch, User, refuses, stamp_anew

FEW = 5  # so many or fewer left are shown as "Only 3 left"


class StockLevel(models.Model):
    """What lies in the store: the sum of the product's ledger.

    Its trigger keeps it, and nothing else does. Narrow and apart from the product,
    since every sale takes this row and every page reads the other.
    """

    product = models.OneToOneField(
        Product, models.PROTECT, primary_key=True, related_name="stock"
    )
    on_hand = models.IntegerField(default=0, db_default=0, editable=False)
    reorder_at = models.PositiveIntegerField(
        default=0, help_text="Plan a purchase when there are so many or fewer."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(on_hand__gte=0), name="catalog_stocklevel_not_below_zero"
            )
        ]
        indexes = [
            # the work queue of low stock
            models.Index(
                fields=["product"],
                condition=Q(on_hand__lte=F("reorder_at")),
                name="catalog_stocklevel_low",
            )
        ]
        triggers = [
            refuses(
                "begins_empty",
                pgtrigger.Insert,
                "a product begins without stock",
                pgtrigger.Condition("NEW.on_hand <> 0"),
            ),
            refuses(
                "follows_its_ledger",
                pgtrigger.UpdateOf("on_hand"),
                "stock follows the entries of its ledger",
                pgtrigger.Condition(
                    "pg_trigger_depth() = 0 AND OLD.on_hand <> NEW.on_hand"
                ),
            ),
            # Pages show "In stock", "Only 3 left" or "Sold out": a sale among many
            # changes none of that and keeps them.
            pgtrigger.Trigger(
                name="bumps_shop",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("on_hand"),
                func=f"""
                    IF TG_OP = 'INSERT' OR least(NEW.on_hand, {FEW + 1}) <> least(OLD.on_hand, {FEW + 1}) THEN
                        {stamp_anew("shop")};
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} of product {self.product_id}"


class StockEntry(models.Model):
    """One movement of stock: ``quantity`` came in (positive) or went out.

    ``balance`` is what lay there after it. The database moves the level and writes
    ``balance`` as it writes the row.
    """

    class Kind(models.TextChoices):
        SALE = "sale", "Sale"
        RETURN = "return", "Returned"
        DELIVERY = "delivery", "Delivery"
        STOCK_TAKE = "stock_take", "Stock take"

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    quantity = models.IntegerField()
    balance = models.IntegerField(default=0, editable=False)
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="stock_entries",
        db_index=False,
    )
    delivery = models.ForeignKey(
        Delivery,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="stock_entries",
        db_index=False,
    )
    line = models.ForeignKey(
        PurchaseLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=200, blank=True, db_default="")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "stock entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="sale", quantity__lt=0, order__isnull=False)
                | Q(kind="return", quantity__gt=0, order__isnull=False)
                | Q(
                    kind="delivery",
                    quantity__gt=0,
                    delivery__isnull=False,
                    line__isnull=False,
                )
                | (Q(kind="stock_take") & ~Q(quantity=0)),
                name="catalog_stockentry_sign_fits_kind",
            )
        ]
        indexes = [
            # an order's movements
            models.Index(
                fields=["order"],
                condition=Q(order__isnull=False),
                name="catalog_stockentry_order",
            ),
            # a delivery's, to say again what was received
            models.Index(
                fields=["delivery"],
                condition=Q(delivery__isnull=False),
                name="catalog_stockentry_delivery",
            ),
            # the ledger of a product, newest first; what sold lately (operations of
            # purchasing)
            models.Index(fields=["product", "-id"], name="catalog_stockentry_product"),
            models.Index(
                fields=["at"],
                include=["product", "quantity", "kind"],
                name="catalog_stockentry_sold",
            ),
        ]
        triggers = [
            *APPEND_ONLY,
            pgtrigger.Trigger(
                name="moves_level",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    UPDATE catalog_stocklevel SET on_hand = on_hand + NEW.quantity WHERE product_id = NEW.product_id
                    RETURNING on_hand INTO NEW.balance;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'product % has no stock level', NEW.product_id
                        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'catalog_stockentry_moves_level';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="counts_received",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.line_id IS NOT NULL"),
                func="""
                    UPDATE catalog_purchaseline SET received = received + NEW.quantity WHERE id = NEW.line_id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+} of product {self.product_id}"


class StockHold(models.Model):
    """What a cart that is being paid keeps from others until ``expires_at``."""

    cart = models.ForeignKey(Cart, models.PROTECT, related_name="holds", db_index=False)
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", db_index=False
    )
    quantity = models.PositiveSmallIntegerField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cart", "product"], name="catalog_stockhold_one_a_product"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=LARGEST_QUANTITY),
                name="catalog_stockhold_quantity",
            ),
        ]
        indexes = [
            # queries.stock.held_by_others: what is held of a product now
            models.Index(
                fields=["product", "expires_at"],
                include=["cart", "quantity"],
                name="catalog_stockhold_product",
            ),
            # the job that sweeps up what has run out
            models.Index(fields=["expires_at"], name="catalog_stockhold_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of product {self.product_id} for cart {self.cart_id}"

"""What was bought: a paid cart, whose items are its lines and change no more."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from catalog.models.carts import Cart, CartItem
from catalog.models.products import Product
from gymsite.core import money
from gymsite.core.models import APPEND_ONLY, Branch, User, refuses
from gymsite.payments.models import LedgerEntry, Payment


class Order(models.Model):
    """A cart that was paid, to be collected at ``branch``.

    Amounts in minor units of ``currency``.
    """

    class Status(models.TextChoices):
        PAID = "paid", "Being packed"
        READY = "ready", "Ready to collect"
        COLLECTED = "collected", "Collected"
        REFUNDED = "refunded", "Refunded"

    TRANSITIONS = {
        Status.PAID: {Status.READY, Status.COLLECTED, Status.REFUNDED},
        Status.READY: {Status.COLLECTED, Status.REFUNDED},
        Status.COLLECTED: {Status.REFUNDED},
        Status.REFUNDED: set(),
    }

    reference = models.CharField(max_length=11, editable=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(
        User, models.PROTECT, related_name="orders", db_index=False
    )
    cart = models.OneToOneField(Cart, models.PROTECT, related_name="order")
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="order")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PAID)
    total_minor = models.PositiveBigIntegerField()
    refunded_minor = models.PositiveBigIntegerField(default=0, db_default=0)
    currency = models.CharField(max_length=3)
    placed_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    collected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            money.currency_known("catalog_order"),
            models.UniqueConstraint(
                fields=["reference"], name="catalog_order_reference_unique"
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__lte=F("total_minor")),
                name="catalog_order_refund_within_total",
            ),
            models.CheckConstraint(
                condition=~Q(status="refunded") | Q(refunded_minor=F("total_minor")),
                name="catalog_order_refunded_in_full",
            ),
        ]
        indexes = [
            # my orders, newest first, keyset on id
            models.Index(fields=["member", "-id"], name="catalog_order_member"),
            # the desk's lists: what to pack, what to hand out, at one branch
            models.Index(
                fields=["branch", "status", "-id"], name="catalog_order_branch"
            ),
        ]
        triggers = [
            # An order's lines can't change after it, so to look once is enough.
            pgtrigger.Trigger(
                name="sums_its_lines",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("cart_id", "total_minor", "currency"),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM catalog_cart c JOIN catalog_cartitem i ON i.cart_id = c.id
                        JOIN payments_payment p ON p.id = c.payment_id
                        WHERE c.id = NEW.cart_id AND c.status = 'ordered' AND p.id = NEW.payment_id
                            AND (p.amount_minor, p.currency, p.member_id)
                                = (NEW.total_minor, NEW.currency, NEW.member_id)
                        GROUP BY c.id
                        HAVING sum(i.quantity::bigint * i.price_minor) = NEW.total_minor
                            AND bool_and(i.currency = NEW.currency)
                    ) THEN
                        RAISE EXCEPTION 'an order has lines, and says what they sum to and what was paid'
                        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'catalog_order_sums_its_lines';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # At the end of the transaction, when the ledger has been written too.
            pgtrigger.Trigger(
                name="is_in_the_ledger",
                when=pgtrigger.After,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("payment_id", "total_minor", "refunded_minor"),
                timing=pgtrigger.Deferred,
                func="""
                    IF (SELECT coalesce(sum(e.amount_minor), 0) - o.total_minor + o.refunded_minor
                        FROM catalog_order o LEFT JOIN payments_ledgerentry e ON e.payment_id = o.payment_id
                        WHERE o.id = NEW.id GROUP BY o.id) <> 0 THEN
                        RAISE EXCEPTION 'the ledger sums to what the order says'
                        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'catalog_order_is_in_the_ledger';
                    END IF;
                    RETURN NULL;
                """,
            ),
            refuses(
                "keeps_its_cart",
                pgtrigger.UpdateOf("cart_id", "member_id", "payment_id"),
                "an order stays with its cart, member and payment",
                pgtrigger.Condition(
                    "((OLD.cart_id, OLD.member_id, OLD.payment_id)"
                    " IS DISTINCT FROM (NEW.cart_id, NEW.member_id, NEW.payment_id))"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Refund(models.Model):
    """So many of one line given back.

    It has a reversing entry in the money ledger and, if ``restocked``, one in the
    stock's.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds")
    item = models.ForeignKey(CartItem, models.PROTECT, related_name="refunds")
    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="+")
    quantity = models.PositiveSmallIntegerField()
    restocked = models.BooleanField()
    reason = models.CharField(max_length=200)
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="catalog_refund_gives_something"
            )
        ]
        triggers = [
            *APPEND_ONLY,
            # The operation holds the order's row, so no two of one order look at once.
            pgtrigger.Trigger(
                name="within_line",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM catalog_cartitem i JOIN catalog_order o ON o.cart_id = i.cart_id
                        LEFT JOIN catalog_refund r ON r.item_id = i.id
                        WHERE i.id = NEW.item_id AND o.id = NEW.order_id GROUP BY i.id
                        HAVING NEW.quantity + coalesce(sum(r.quantity), 0) <= i.quantity
                    ) THEN
                        RAISE EXCEPTION 'no more is given back than was bought'
                        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'catalog_refund_within_line';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.item_id}"


class ProductPair(models.Model):
    """How many orders hold both products, once for each way round.

    Kept in the transaction that places the order.
    """

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", db_index=False
    )
    other = models.ForeignKey(Product, models.PROTECT, related_name="+", db_index=False)
    orders = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "other"], name="catalog_productpair_once"
            ),
            models.CheckConstraint(
                condition=~Q(product=F("other")), name="catalog_productpair_of_two"
            ),
        ]
        # queries.recommendations: bought together, most often first
        indexes = [
            models.Index(
                fields=["product", "-orders"],
                include=["other"],
                name="catalog_productpair_often",
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_id} with {self.other_id}"

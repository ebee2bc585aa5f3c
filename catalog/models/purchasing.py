"""Where stock comes from: suppliers' offers, orders, and what was delivered of them."""

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from catalog.models.products import Product
from gymsite.core import money
from gymsite.core.models import APPEND_ONLY, Branch, User, refuses
from gymsite.core.search import folded


class Supplier(models.Model):
    name = models.CharField(max_length=80, unique=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = [folded("name"), "id"]

    def __str__(self) -> str:
        return self.name


class SupplierOffer(models.Model):
    """A product in packs of ``pack_size`` units for ``pack_cost_minor`` a pack.

    From ``fewest_packs`` to ``most_packs`` an order, ``lead_days`` after it is ordered.
    """

    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="offers", db_index=False
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="offers", db_index=False
    )
    pack_size = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)]
    )
    pack_cost_minor = models.PositiveIntegerField(
        validators=[MinValueValidator(1)], help_text="For one pack."
    )
    currency = models.CharField(
        max_length=3, default="GBP", validators=[money.check_currency]
    )
    fewest_packs = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)]
    )
    most_packs = models.PositiveSmallIntegerField(
        default=100, validators=[MinValueValidator(1)]
    )
    lead_days = models.PositiveSmallIntegerField(
        default=7, help_text="Days from ordering to delivery."
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            money.currency_known("catalog_supplieroffer"),
            models.UniqueConstraint(
                fields=["supplier", "product", "pack_size"],
                name="catalog_supplieroffer_once",
            ),
            models.CheckConstraint(
                condition=Q(pack_size__gte=1, pack_cost_minor__gte=1),
                name="catalog_supplieroffer_sells_something",
            ),
            models.CheckConstraint(
                condition=Q(fewest_packs__gte=1, most_packs__gte=F("fewest_packs")),
                name="catalog_supplieroffer_packs",
            ),
        ]
        # queries.purchasing: the offers for what is short
        indexes = [
            models.Index(
                fields=["product"],
                condition=Q(is_active=True),
                name="catalog_supplieroffer_product",
            )
        ]

    def __str__(self) -> str:
        return (
            f"{self.pack_size} x product {self.product_id} from supplier "
            f"{self.supplier_id}"
        )


class PurchaseOrder(models.Model):
    """What was ordered from one supplier, to be delivered to ``branch``.

    Amounts in minor units of ``currency``.
    """

    class Status(models.TextChoices):
        ORDERED = "ordered", "Ordered"
        PART_RECEIVED = "part_received", "Received in part"
        RECEIVED = "received", "Received"
        CANCELLED = "cancelled", "Cancelled"

    TRANSITIONS = {
        Status.ORDERED: {Status.PART_RECEIVED, Status.RECEIVED, Status.CANCELLED},
        Status.PART_RECEIVED: {Status.RECEIVED, Status.CANCELLED},
        Status.RECEIVED: set(),
        Status.CANCELLED: set(),
    }

    reference = models.CharField(max_length=11, unique=True, editable=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="orders", db_index=False
    )
    status = models.CharField(
        max_length=13, choices=Status.choices, default=Status.ORDERED
    )
    total_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    ordered_at = models.DateTimeField()
    expected_on = models.DateField()
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [money.currency_known("catalog_purchaseorder")]
        indexes = [
            # the work queue of late deliveries, and what is on its way
            models.Index(
                fields=["expected_on"],
                condition=Q(status__in=("ordered", "part_received")),
                name="catalog_purchaseorder_due",
            ),
            # a branch's purchases, newest first
            models.Index(fields=["branch", "-id"], name="catalog_purchaseorder_branch"),
        ]

    def __str__(self) -> str:
        return self.reference


class PurchaseLine(models.Model):
    """``quantity`` units (whole packs) of an offer.

    ``received`` so far is kept by the stock ledger's trigger.
    """

    order = models.ForeignKey(
        PurchaseOrder, models.PROTECT, related_name="lines", db_index=False
    )
    offer = models.ForeignKey(
        SupplierOffer, models.PROTECT, related_name="+", db_index=False
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", db_index=False
    )
    quantity = models.PositiveIntegerField()
    cost_minor = models.PositiveBigIntegerField(help_text="Of the whole line.")
    received = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "offer"], name="catalog_purchaseline_one_an_offer"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="catalog_purchaseline_quantity"
            ),
            models.CheckConstraint(
                condition=Q(received__lte=F("quantity")),
                name="catalog_purchaseline_received_within_ordered",
            ),
        ]
        # queries.purchasing: what is on its way of a product
        indexes = [
            models.Index(
                fields=["product"],
                condition=Q(received__lt=F("quantity")),
                name="catalog_purchaseline_open",
            )
        ]
        triggers = [
            refuses(
                "received_follows_deliveries",
                pgtrigger.UpdateOf("received"),
                "what was received follows the deliveries",
                pgtrigger.Condition(
                    "pg_trigger_depth() = 0 AND OLD.received <> NEW.received"
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of product {self.product_id}"


class Delivery(models.Model):
    """One arrival of goods; the number on its delivery ``note`` makes it count once."""

    order = models.ForeignKey(
        PurchaseOrder, models.PROTECT, related_name="deliveries", db_index=False
    )
    note = models.CharField(max_length=60)
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    received_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["order", "note"], name="catalog_delivery_note_once"
            )
        ]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return self.note

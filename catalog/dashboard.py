"""What of the shop stands on the staff's start page."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, QuerySet

from catalog.models import Order, Product, Rental, Review, StockLevel
from catalog.queries import purchasing
from gymsite.backoffice.dashboard import Queue
from gymsite.core.models import Branch
from gymsite.core.queries.branches import past_their_day


def _to_pack(branches: Sequence[Branch], now: datetime) -> QuerySet:
    # catalog_order_branch
    return Order.objects.filter(status=Order.Status.PAID, branch__in=branches)


def _overdue(branches: Sequence[Branch], now: datetime) -> QuerySet:
    out = Rental.objects.filter(status=Rental.Status.OUT)  # catalog_rental_branch_due
    return out.filter(past_their_day("ends_on", branches, now))


def _low_stock(branches: Sequence[Branch], now: datetime) -> QuerySet:
    # catalog_stocklevel_low
    low = StockLevel.objects.filter(on_hand__lte=F("reorder_at"))
    return low.filter(product__status=Product.Status.ON_SALE)


def _to_read(branches: Sequence[Branch], now: datetime) -> QuerySet:
    # catalog_review_pending
    return Review.objects.filter(status=Review.Status.PENDING, branch__in=branches)


QUEUES = (
    Queue(
        "Orders to pack",
        "Paid, and not ready to collect yet.",
        "catalog.order",
        {"status__exact": "paid"},
        _to_pack,
    ),
    Queue(
        "Rentals overdue",
        "Handed out, and past their last day.",
        "catalog.rental",
        {"return": "overdue"},
        _overdue,
    ),
    Queue(
        "Low stock",
        "Products on sale at their reorder level or below.",
        "catalog.stocklevel",
        {"stock": "low"},
        _low_stock,
    ),
    Queue(
        "Late deliveries",
        "Purchase orders that should have come in full by now.",
        "catalog.purchaseorder",
        {"delivery": "late"},
        purchasing.late,
    ),
    Queue(
        "Reviews to read",
        "Written by members, and not published or rejected yet.",
        "catalog.review",
        {"status__exact": "pending"},
        _to_read,
    ),
)

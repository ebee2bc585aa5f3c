"""Putting right what the ledger says of the shelf."""

from datetime import datetime

from django.db import transaction

from catalog import locks
from catalog.errors import ProductNotFound
from catalog.event_kinds import CatalogEvent
from catalog.models import StockEntry, StockLevel
from gymsite.core.errors import Invalid
from gymsite.core.operations.events import record

MOST_COUNTED = 1_000_000


@transaction.atomic
def count_stock(
    *,
    product_id: int,
    counted: int,
    reason: str,
    branch_id: int,
    actor_id: int,
    now: datetime,
) -> StockEntry | None:
    """Write down what lies on the shelf; the difference, if any, is an entry.

    Sales wait meanwhile, so none comes between counting and writing. Raises Invalid,
    ProductNotFound.
    """
    if not 0 <= counted <= MOST_COUNTED:
        raise Invalid({"counted": [f"Count 0 to {MOST_COUNTED}, not {counted}."]})
    levels = locks.lock_levels([product_id])
    if product_id not in levels:
        raise ProductNotFound(f"There is no stock of product {product_id}.")
    difference = counted - levels[product_id]
    entry = (
        _entry(product_id, difference, reason[:200], branch_id, actor_id, now)
        if difference
        else None
    )
    record(
        CatalogEvent.STOCK_COUNTED,
        StockLevel(product_id=product_id),
        at=now,
        actor_id=actor_id,
        branch_id=branch_id,
        counted=counted,
        difference=difference,
        reason=reason[:200],
    )
    return entry


def _entry(
    product_id: int,
    difference: int,
    reason: str,
    branch_id: int,
    actor_id: int,
    now: datetime,
) -> StockEntry:
    entry = StockEntry(
        branch_id=branch_id,
        product_id=product_id,
        kind=StockEntry.Kind.STOCK_TAKE,
        quantity=difference,
        actor_id=actor_id,
        reason=reason,
        at=now,
    )
    entry.save(force_insert=True)
    return entry


def open_stock(*, product_id: int, reorder_at: int = 0) -> StockLevel:
    """Begin to count a product, from none; a second time changes nothing."""
    return StockLevel.objects.get_or_create(
        product_id=product_id, defaults={"reorder_at": reorder_at}
    )[0]

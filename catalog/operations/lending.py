"""Which kinds and units are lent, and what becomes of rentals when not."""

from datetime import datetime
from typing import Any

from django.db import models, transaction

from catalog import dependents
from catalog.errors import WrongRentalState
from catalog.event_kinds import CatalogEvent
from catalog.models import RentalKind, RentalUnit
from catalog.operations.rentals import cancel_rental
from gymsite.core import row_locks
from gymsite.core.batches import InUseAgain, Unfinished, each_row
from gymsite.core.errors import NotFound
from gymsite.core.operations.events import record


@transaction.atomic
def switch_kind(
    *, kind_id: int, on: bool, reason: str, actor_id: int, now: datetime
) -> RentalKind:
    """Lend a kind of thing, or no more: what is booked is still handed out as agreed.

    At any time; a second time changes nothing. Raises NotFound.
    """
    kind = CatalogEvent.RENTALKIND_ON if on else CatalogEvent.RENTALKIND_OFF
    return _switch(RentalKind, kind_id, on, kind, reason, actor_id, now)


@transaction.atomic
def switch_unit(
    *, unit_id: int, on: bool, reason: str, actor_id: int, now: datetime
) -> RentalUnit:
    """Lend a unit, or no more (broken, lost, put away).

    What is booked is cancelled, paid back and told by the job that follows the event; a
    unit that is out is still taken back. At any time; a second time changes nothing.
    Raises NotFound.
    """
    kind = CatalogEvent.RENTALUNIT_ON if on else CatalogEvent.RENTALUNIT_OFF
    return _switch(RentalUnit, unit_id, on, kind, reason, actor_id, now)


def _switch(
    model: type[models.Model],
    pk: int,
    on: bool,
    kind: CatalogEvent,
    reason: str,
    actor_id: int,
    now: datetime,
) -> Any:
    rows = model._default_manager.select_for_update(of=("self",), no_key=True)
    row: Any = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound(f"There is no such {model._meta.verbose_name}.")
    if row.is_active == on:
        return row
    row.is_active = on
    row.save(update_fields=["is_active"])
    record(kind, row, at=now, actor_id=actor_id, reason=reason[:200])
    return row


def cancel_booked(*, unit_id: int, actor_id: int, now: datetime) -> int:
    """Cancel every rental booked of a unit that is switched off; how many.

    Each in its own transaction; run again, it does what is left. Nothing is cancelled
    of a unit that is lent again by then. Raises Unfinished, after all the others.
    """
    if RentalUnit.objects.filter(pk=unit_id, is_active=True).exists():
        return 0

    def cancel(rental_id: int) -> None:
        unit = RentalUnit.objects.filter(pk=unit_id, is_active=False)
        if row_locks.shared(unit) is None:
            raise InUseAgain
        cancel_rental(rental_id=rental_id, actor_id=actor_id, now=now)

    booked = dependents.booked_unit([unit_id], now).order_by("pk")
    job = f"catalog.cancel_booked {unit_id}"
    rentals = list(booked.values_list("pk", flat=True))
    done = each_row(job, rentals, cancel, now=now, over=(WrongRentalState, InUseAgain))
    if done.left:
        raise Unfinished(f"{done.left} rentals of unit {unit_id} are still booked.")
    return len(done.values)

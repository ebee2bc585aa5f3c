"""Counting the classes of a limited plan: bookings charge them, cancelling returns."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db.models import F

from gymsite.core import errors
from memberships.errors import AllowanceUsedUp
from memberships.models import Allowance
from memberships.rules import Entitlement, counted_in


def ensure_allowance(
    *, entitlement: Entitlement, day: date, branch_id: int
) -> int | None:
    """The id of the allowance that counts a class on ``day``; None without a limit.

    Made when the period's first class is booked. Two first bookings at once make one
    row.
    """
    if entitlement.limit is None:
        return None
    if entitlement.allowance_id:
        return entitlement.allowance_id
    starts_on, ends_on = counted_in(entitlement, day)
    Allowance.objects.bulk_create(
        [
            Allowance(
                branch_id=branch_id,
                membership_id=entitlement.membership_id,
                starts_on=starts_on,
                ends_on=ends_on,
                granted=entitlement.limit,
            )
        ],
        ignore_conflicts=True,
    )
    return Allowance.objects.values_list("pk", flat=True).get(
        membership_id=entitlement.membership_id, starts_on=starts_on
    )


def return_classes(allowance_ids: Iterable[int | None]) -> None:
    """Return one class to each allowance named, once for each time it is named."""
    settle(returned=allowance_ids)


def settle(
    *, returned: Iterable[int | None] = (), charged: Iterable[int | None] = ()
) -> None:
    """Return or charge one class each time an allowance is named.

    Raises AllowanceUsedUp, which names it.

    All of a transaction's changes belong in one call, the last thing it locks:
    allowances are taken in the order of their keys, so two transactions that change the
    same ones can't wait for each other.
    """
    changes: Counter[int] = Counter(
        allowance_id for allowance_id in charged if allowance_id is not None
    )
    changes.subtract(
        allowance_id for allowance_id in returned if allowance_id is not None
    )
    for allowance_id in _in_order(changes):
        try:
            with errors.refusals():
                _change(allowance_id, changes[allowance_id])
        except AllowanceUsedUp as refusal:
            refusal.allowance_id = allowance_id
            raise


def _in_order(changes: Counter[int]) -> list[int]:
    return sorted(allowance_id for allowance_id, by in changes.items() if by)


def _change(allowance_id: int, by: int) -> None:
    Allowance.objects.filter(pk=allowance_id).update(used=F("used") + by)

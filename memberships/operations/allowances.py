"""Counting classes of a limited plan: made when first needed, charged by bookings, given back by cancelling."""

from collections.abc import Iterable
from datetime import date

from django.db.models import F

from ..models import Allowance
from ..rules import Cover, period_of


def ensure_allowance(*, cover: Cover, day: date, branch_id: int) -> int | None:
    """The id of the allowance that a class on ``day`` is counted in; None where the plan has no limit.

    Made when the period's first class is booked. Two first bookings at once make one row.
    """
    if cover.limit is None or cover.allowance_id:
        return cover.allowance_id
    starts_on, ends_on = period_of(cover.period, day)
    Allowance.objects.bulk_create(
        [
            Allowance(
                branch_id=branch_id,
                membership_id=cover.membership_id,
                starts_on=starts_on,
                ends_on=ends_on,
                granted=cover.limit,
            )
        ],
        ignore_conflicts=True,
    )
    return Allowance.objects.values_list("pk", flat=True).get(membership_id=cover.membership_id, starts_on=starts_on)


def give_back(allowance_ids: Iterable[int | None]) -> None:
    """Return one class to each allowance named (once for each time it is named), in the order of their keys."""
    counts: dict[int, int] = {}
    for allowance_id in allowance_ids:
        if allowance_id is not None:
            counts[allowance_id] = counts.get(allowance_id, 0) + 1
    for allowance_id in sorted(counts):
        Allowance.objects.filter(pk=allowance_id).update(used=F("used") - counts[allowance_id])

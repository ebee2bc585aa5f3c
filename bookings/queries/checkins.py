"""Visits, and the booking that a check-in is for."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from bookings.models import LONGEST_OPENING, Booking, CheckIn, CheckInNonce

WIDEST = LONGEST_OPENING  # check-in closes no later either; bounds the index scan


def booking_around(
    *, member_id: int, branch_id: int, now: datetime, lock: bool = False
) -> Booking | None:
    """The member's booking whose check-in is open now, as its policy says."""
    rows = (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        if lock
        else Booking.objects.all()
    )
    nearby = (
        rows.filter(
            member_id=member_id,
            branch_id=branch_id,
            status__in=(Booking.Status.BOOKED, Booking.Status.ATTENDED),
            starts_at__gte=now - WIDEST,
            starts_at__lte=now + WIDEST,
        )
        .select_related("policy", "session__gym_class", "session__room")
        .order_by("starts_at")
    )
    for booking in nearby:
        opens = booking.starts_at - timedelta(
            minutes=booking.policy.checkin_opens_minutes
        )
        closes = booking.starts_at + timedelta(
            minutes=booking.policy.checkin_closes_minutes
        )
        if opens <= now <= closes:
            return booking
    return None


def by_nonce(nonce: UUID) -> CheckIn | None:
    """The check-in of a scan; its time tells the partition."""
    row = CheckInNonce.objects.filter(pk=nonce).first()
    if row is None:
        return None
    return (
        CheckIn.objects.select_related("booking", "branch")
        .filter(pk=row.checkin_id, at=row.at)
        .first()
    )


def of_member(member_id: int) -> QuerySet[CheckIn]:
    """Visits, newest first (bookings_checkin_member); page by keyset on (at, id)."""
    return (
        CheckIn.objects.filter(member_id=member_id)
        .select_related("branch", "booking")
        .order_by("-at", "-id")
    )


def as_rows(member_id: int) -> QuerySet[Any]:
    """The same visits as bare values; the zone is the session's, else the branch's."""
    zone = Coalesce("booking__session__time_zone", "branch__time_zone")
    visits = CheckIn.objects.filter(member_id=member_id).annotate(time_zone=zone)
    return visits.values_list(
        "id",
        "at",
        "branch__name",
        "time_zone",
        "method",
        "booking__reference",
        named=True,
    )

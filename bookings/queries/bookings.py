"""A member's own bookings and turns."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from bookings.errors import BookingNotFound
from bookings.models import HOLDS_PLACE, Booking, WaitlistEntry
from gymsite.core import references

_LONGEST = timedelta(minutes=600)  # bookings_gymclass_lasts
_WITH_SESSION = ("session__gym_class", "session__room", "session__trainer", "branch")


def bookings(member_id: int) -> QuerySet[Booking]:
    """Every booking with what a row shows; page by (starts_at, id).

    Its index is bookings_booking_member_time.
    """
    return Booking.objects.filter(member_id=member_id).select_related(*_WITH_SESSION)


def as_rows(member_id: int) -> QuerySet[Any]:
    """The same bookings as bare values, for lists of many."""
    return Booking.objects.filter(member_id=member_id).values_list(
        "id",
        "reference",
        "session_id",
        "status",
        "session__gym_class__name",
        "session__trainer__name",
        "session__room__name",
        "branch__name",
        "session__time_zone",
        "starts_at",
        "ends_at",
        "booked_at",
        "free_until",
        "cancelled_at",
        named=True,
    )


def upcoming(member_id: int, now: datetime) -> QuerySet[Booking]:
    """Places ahead (or running now), soonest first."""
    return (
        bookings(member_id)
        .filter(status__in=HOLDS_PLACE, ends_at__gt=now, starts_at__gt=now - _LONGEST)
        .order_by("starts_at", "id")
    )


def past(member_id: int, now: datetime) -> QuerySet[Booking]:
    """Bookings of sessions that have started, whatever became of them, newest first."""
    return bookings(member_id).filter(starts_at__lte=now).order_by("-starts_at", "-id")


def waiting(member_id: int, now: datetime) -> QuerySet[WaitlistEntry]:
    """Turns ahead, soonest first, each with its ``rank`` among those who still wait."""
    before = (
        WaitlistEntry.objects.filter(
            session=OuterRef("session"),
            status="waiting",
            position__lte=OuterRef("position"),
        )
        .order_by()
        .values("session")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return (
        WaitlistEntry.objects.filter(
            member_id=member_id, status=WaitlistEntry.Status.WAITING, starts_at__gt=now
        )
        .select_related(*_WITH_SESSION)
        .annotate(rank=Coalesce(Subquery(before), 1))
        .order_by("starts_at")
    )


def by_reference(typed: str, member_id: int) -> Booking:
    """One of the member's own bookings; raises BookingNotFound."""
    reference = references.read(typed)
    own = bookings(member_id).select_related("membership", "allowance")
    booking = own.filter(reference=reference).first() if reference else None
    if booking is None:
        raise BookingNotFound(
            "You have no such booking.", remedy="Look under My bookings."
        )
    return booking

"""Saying who came to a session, all at once."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from bookings import locks
from bookings.models import HOLDS_PLACE, Booking
from bookings.operations.bookings import mark_attendance


@transaction.atomic
def mark_roster(*, session_id: int, present_ids: Collection[int], actor_id: int, now: datetime) -> int:
    """Mark the bookings named as attended and the session's others as missed; how many changed."""
    locks.lock_session(session_id)
    changed = 0
    held = Booking.objects.filter(session_id=session_id, status__in=HOLDS_PLACE).order_by("pk")
    for booking_id, status in held.values_list("pk", "status"):
        said = Booking.Status.ATTENDED if booking_id in present_ids else Booking.Status.NO_SHOW
        if said != status:
            mark_attendance(booking_id=booking_id, status=said, actor_id=actor_id, now=now)
            changed += 1
    return changed

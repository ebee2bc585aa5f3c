"""Giving back all that a member holds ahead, when an account is closed."""

from datetime import datetime

from gymsite.core.errors import DomainError

from ..models import Booking, WaitlistEntry
from .bookings import cancel_booking
from .waitlist import leave_waitlist


def release_member(*, member_id: int, actor_id: int, now: datetime) -> int:
    """Leave every waitlist and cancel every booking ahead, promoting whoever is next; how many places were given back.

    Each in its own transaction, so locks are short; run again, it does what is left. What a rival changed meanwhile
    refuses and is skipped: it is no longer held.
    """
    waiting = WaitlistEntry.objects.filter(member_id=member_id, status=WaitlistEntry.Status.WAITING)
    for session_id in list(waiting.values_list("session_id", flat=True)):
        _unless_refused(leave_waitlist, session_id=session_id, member_id=member_id, actor_id=actor_id, now=now)
    ahead = Booking.objects.filter(member_id=member_id, status=Booking.Status.BOOKED, starts_at__gt=now)
    bookings = list(ahead.order_by("starts_at").values_list("pk", flat=True))
    return sum(
        _unless_refused(cancel_booking, booking_id=pk, actor_id=actor_id, reason="Account closed.", now=now)
        for pk in bookings
    )


def _unless_refused(operation, **arguments) -> bool:
    try:
        operation(**arguments)
    except DomainError:
        return False
    return True

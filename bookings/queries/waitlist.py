"""Who waits, in which order."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from ..models import WaitlistEntry

WAITING = WaitlistEntry.objects.filter(status=WaitlistEntry.Status.WAITING)


def head(session_id: int, *, after: int = 0) -> WaitlistEntry | None:
    """The first in line: index bookings_waitlist_head, no sort (reference report 1's tuned query).

    With ``after``, the first behind that position.
    """
    waiting = WAITING.filter(session_id=session_id, **({"position__gt": after} if after else {}))
    return waiting.order_by("position").first()


def in_line(session_id: int) -> QuerySet[WaitlistEntry]:
    """Everybody who waits, first come first."""
    return WAITING.filter(session_id=session_id).select_related("member").order_by("position")


def rank(session_id: int, position: int) -> int:
    """What a member sees as "3rd": how many wait up to and with ``position``."""
    return WAITING.filter(session_id=session_id, position__lte=position).count()


def overlapping(member_id: int, starts_at: datetime, ends_at: datetime) -> QuerySet[WaitlistEntry]:
    """What a member waits for at a time (a class lasts at most 600 minutes)."""
    return WAITING.filter(
        member_id=member_id,
        starts_at__gt=starts_at - timedelta(minutes=600),
        starts_at__lt=ends_at,
        ends_at__gt=starts_at,
    )

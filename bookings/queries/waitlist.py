"""Who waits, in which order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from bookings.errors import SessionNotFound
from bookings.models import WaitlistEntry
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements

SQL = statements("bookings", "waitlist")
WAITING = WaitlistEntry.objects.filter(status=WaitlistEntry.Status.WAITING)


def head(session_id: int, *, after: int = 0) -> WaitlistEntry | None:
    """The first in line: index bookings_waitlist_head, no sort.

    With ``after``, the first behind that position.
    """
    waiting = WAITING.filter(
        session_id=session_id, **({"position__gt": after} if after else {})
    )
    return waiting.order_by("position").first()


def in_line(session_id: int) -> QuerySet[WaitlistEntry]:
    """Everybody who waits, first come first."""
    return (
        WAITING.filter(session_id=session_id)
        .select_related("member")
        .order_by("position")
    )


def rank(session_id: int, position: int) -> int:
    """What a member sees as "3rd": how many wait up to and with ``position``."""
    return WAITING.filter(session_id=session_id, position__lte=position).count()


@dataclass(frozen=True, slots=True)
class Standing:
    """A session's line and a member's rank in it, None for one who does not wait."""

    length: int
    position: int | None
    branch_id: int
    time_zone: str
    trainer_user_id: int


def standing(session_id: int, member_id: int) -> Standing:
    """In one query; raises SessionNotFound."""
    values = {"session": session_id, "member": member_id}
    found = fetch_one(SQL.standing, values, Standing)
    if found is None:
        raise SessionNotFound(
            f"There is no session {session_id}.", remedy="Look at the timetable."
        )
    return found


def as_rows(session_id: int) -> QuerySet[Any]:
    """Everybody who waits as bare values, first come first."""
    return WAITING.filter(session_id=session_id).values_list(
        "position",
        "member_id",
        "member__username",
        "member__first_name",
        "member__last_name",
        "joined_at",
        named=True,
    )


def overlapping(
    member_id: int, starts_at: datetime, ends_at: datetime
) -> QuerySet[WaitlistEntry]:
    """What a member waits for at a time (a class lasts at most 600 minutes)."""
    return WAITING.filter(
        member_id=member_id,
        starts_at__gt=starts_at - timedelta(minutes=600),
        starts_at__lt=ends_at,
        ends_at__gt=starts_at,
    )

"""Sessions that are not at their class's wall time, or would not be in a zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models.functions import Coalesce

from bookings.models import ClassSession
from gymsite.core.models import Branch
from gymsite.core.periods import days_around, instant
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements

SQL = statements("bookings", "wall_times")

# What starts so soon, by either clock, keeps its time: doors are open, people are on
# their way.
TOO_SOON = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Move:
    """When a session starts and should start; equal if only its zone's name differs."""

    session_id: int
    before: datetime
    after: datetime

    @property
    def shifts(self) -> bool:
        return self.before != self.after


def moves(branch: Branch, zone: ZoneInfo, now: datetime) -> list[Move]:
    """The sessions ahead that ``zone`` moves, each after those whose place it takes.

    Those that go later come first and from the last one on, so that no session meets
    one which has yet to go.
    """
    found = [
        move
        for move in _off(branch, zone, now)
        if min(move.before, move.after) > now + TOO_SOON
    ]
    later = sorted(
        (move for move in found if move.after > move.before),
        key=lambda move: move.before,
        reverse=True,
    )
    return later + sorted(
        (move for move in found if move.after <= move.before),
        key=lambda move: move.before,
    )


def staying(branch: Branch, zone: ZoneInfo, now: datetime) -> int:
    """How many that lie ahead start too soon to be moved."""
    off = (move for move in _off(branch, zone, now) if move.shifts)
    return sum(
        move.before > now >= min(move.before, move.after) - TOO_SOON for move in off
    )


def should_start(session: ClassSession) -> datetime:
    """When a session starts by its branch's clock; reads ``gym_class``, ``branch``."""
    own, regular = session.own_start, session.gym_class.starts
    wall = regular if own is None else own
    return instant(session.session_date, wall, session.branch.zone)


def _off(branch: Branch, zone: ZoneInfo, now: datetime) -> Iterator[Move]:
    """Of the few weeks of sessions from yesterday on (bookings_session_branch_day)."""
    first, _ = days_around(now, now)
    ahead = ClassSession.objects.filter(
        branch=branch, session_date__gte=first, status=ClassSession.Status.SCHEDULED
    )
    wall = Coalesce("own_start", "gym_class__starts")
    rows = ahead.values_list("pk", "session_date", wall, "starts_at", "time_zone")
    for pk, day, starts, before, clock in rows.iterator():
        after = instant(day, starts, zone)
        if (after, zone.key) != (before, clock):
            yield Move(pk, before, after)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many are touched; ``clashing`` members are booked elsewhere at that time."""

    booked: int
    clashing: int
    waiting: int
    taken: int


def what_moves(found: list[Move]) -> Moved:
    """Whom these moves touch, and how many meet a taken room or trainer."""
    values = {
        "sessions": [move.session_id for move in found],
        "starts": [move.after for move in found],
    }
    moved = fetch_one(SQL.what_moves, values, Moved)
    assert moved is not None  # a sum is always one row
    return moved

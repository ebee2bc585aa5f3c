"""Sessions whose instant or clock is not, or would not be, what their class's wall time
means in a zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from bookings.models import HOLDS_PLACE, ClassSession
from gymsite.core.models import Branch
from gymsite.core.periods import days_around, instant

# What starts so soon, by either clock, keeps its time: doors are open, people are on
# their way.
TOO_SOON = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Move:
    """A scheduled session, when it starts and when it should; the same where only the
    name of its clock differs."""

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
    """When a session starts by its branch's clock; ``gym_class`` and ``branch`` are at
    hand."""
    return instant(session.session_date, session.gym_class.starts, session.branch.zone)


def _off(branch: Branch, zone: ZoneInfo, now: datetime) -> Iterator[Move]:
    """Of the sessions from yesterday on (bookings_session_branch_day); at most a few
    weeks of them."""
    for pk, day, starts, before, clock in _ahead(branch, now):
        after = instant(day, starts, zone)
        if (after, zone.key) != (before, clock):
            yield Move(pk, before, after)


def _ahead(
    branch: Branch, now: datetime
) -> Iterator[tuple[int, date, time, datetime, str]]:
    first, _ = days_around(now, now)
    rows = ClassSession.objects.filter(
        branch=branch, session_date__gte=first, status=ClassSession.Status.SCHEDULED
    )
    return rows.values_list(
        "pk", "session_date", "gym_class__starts", "starts_at", "time_zone"
    ).iterator()


@dataclass(frozen=True, slots=True)
class Moved:
    """What moving sessions brings with it, in numbers; ``clashing`` members are booked
    elsewhere at the new time."""

    booked: int
    clashing: int
    waiting: int
    taken: int


WHAT_MOVES = f"""
WITH moved AS MATERIALIZED (
    SELECT s.id, s.room_id, s.trainer_id, s.waitlist_length, s.booked_count,
           tstzrange(m.starts, m.starts + (s.ends_at - s.starts_at)) AS span
    FROM unnest(%(ids)s::bigint[], %(starts)s::timestamptz[]) AS m (id, starts)
    JOIN bookings_classsession s ON s.id = m.id
)
SELECT coalesce(sum(booked_count), 0), (
    SELECT count(*) FROM moved JOIN bookings_booking b ON b.session_id = moved.id AND b.status IN {HOLDS_PLACE}
    WHERE EXISTS (
        SELECT FROM bookings_booking o WHERE o.member_id = b.member_id AND o.status IN {HOLDS_PLACE}
            AND tstzrange(o.starts_at, o.ends_at) && moved.span AND o.session_id NOT IN (SELECT id FROM moved))
), coalesce(sum(waitlist_length), 0), count(*) FILTER (WHERE EXISTS (
    SELECT FROM bookings_classsession o WHERE o.status = 'scheduled' AND o.id NOT IN (SELECT id FROM moved)
        AND (o.room_id = moved.room_id OR o.trainer_id = moved.trainer_id)
        AND tstzrange(o.starts_at, o.ends_at) && moved.span))
FROM moved
"""


def what_moves(found: list[Move]) -> Moved:
    """Whom moving these sessions touches, and how many of them meet a taken room or
    trainer."""
    values: dict[str, Any] = {
        "ids": [move.session_id for move in found],
        "starts": [move.after for move in found],
    }
    with connection.cursor() as cursor:
        cursor.execute(WHAT_MOVES, values)
        return Moved(*map(int, cursor.fetchone()))

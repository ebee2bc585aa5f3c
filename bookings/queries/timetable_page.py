"""What the timetable page reads: the sessions of one branch's day, shared by all, and
what is the reader's own.

It reads both in one statement, as of one moment. Of each session that brings its id and
a hash of what its row holds: 64 bits that change with whatever changes the row, and
that are the same only for the same content. So a drawing kept under both is right
whatever happens to the row's place in the table (VACUUM FULL, CLUSTER) or to the
counters of the server (a fail-over that lost commits, a backup restored). Names come
from tables whose triggers give one of VERSIONS a new value. The hash costs what reading
xmin and ctid would, and writes nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from bookings.models import BookingPolicy, ClassSession, GymClass
from bookings.queries.eligibility import POLICY, POLICY_COLUMNS, booked_unpaid
from bookings.rules import PolicyFacts, usable, window_days
from gymsite.core.models import Branch
from gymsite.core.queries.versions import version_column, version_sql
from gymsite.core.search import folded
from memberships.queries import COVERS, Cover, read_covers

VERSIONS = ("timetable", "branches")  # of the names that rows and class pages show

# bookings_session_branch_day finds the sessions
KEYS = f"""
    {version_sql(*VERSIONS)},
    (SELECT json_agg(json_build_array(s.id, hash_record_extended(s, 0)) ORDER BY s.starts_at, s.id)
       FROM bookings_classsession s WHERE s.branch_id = %(branch)s AND s.session_date = %(day)s)
"""
ONE = f"""
    SELECT {version_sql(*VERSIONS)}, s.id, hash_record_extended(s, 0)
      FROM (SELECT 1) one LEFT JOIN bookings_classsession s ON s.id = %s
"""

# one row: the frame of the page, the house rules, what the member may book with, and
# the member's own week. bookings_booking_member_time and bookings_waitlist_member find
# the member's rows, bookings_waitlist_head the rank.
COLUMNS = f"""
           brand.name, brand.hue, brand.currency,
           (SELECT count(*) FROM (SELECT 1 FROM core_notification
                                   WHERE user_id = %(member)s AND NOT is_read LIMIT 100) unread),
           (SELECT json_build_array({POLICY_COLUMNS}) FROM ({POLICY.format(branch="%(branch)s")}) policy),
           (SELECT json_agg(json_build_array(b.session_id, s.session_date, b.status, b.reference,
                                             extract(epoch FROM b.free_until), b.allowance_id IS NOT NULL))
              FROM bookings_booking b JOIN bookings_classsession s ON s.id = b.session_id
             WHERE b.member_id = %(member)s AND b.status IN ('booked', 'attended', 'no_show')
               AND b.starts_at >= %(start)s AND b.starts_at < %(end)s),
           (SELECT json_agg(json_build_array(w.session_id, s.session_date,
                       (SELECT count(*) FROM bookings_waitlistentry o
                         WHERE o.session_id = w.session_id AND o.status = 'waiting' AND o.position <= w.position)))
              FROM bookings_waitlistentry w JOIN bookings_classsession s ON s.id = w.session_id
             WHERE w.member_id = %(member)s AND w.status = 'waiting'
               AND w.starts_at >= %(start)s AND w.starts_at < %(end)s),
           ({COVERS.format(member="%(member)s::bigint", day="%(today)s::date")}),
           (SELECT json_agg(json_build_array(n.session_id, c.name, r.name, extract(epoch FROM n.starts_at), s.time_zone)
                            ORDER BY n.starts_at)
              FROM (SELECT b.session_id, b.starts_at FROM bookings_booking b
                     WHERE b.member_id = %(member)s AND b.status = 'booked' AND b.starts_at > %(now)s
                     ORDER BY b.starts_at LIMIT 4) n
                   JOIN bookings_classsession s ON s.id = n.session_id
                   JOIN bookings_gymclass c ON c.id = s.gym_class_id
                   JOIN bookings_room r ON r.id = s.room_id)
      FROM (SELECT 1) one LEFT JOIN core_brand brand ON brand.id = 1
"""
MINE, WHOLE = f"SELECT {COLUMNS}", f"SELECT {KEYS}, {COLUMNS}"

# for a brand without a policy
HOUSE = PolicyFacts(
    *(getattr(BookingPolicy(), value.name) for value in fields(PolicyFacts))
)

Place = tuple[str, str, float, bool]


@dataclass(frozen=True, slots=True)
class Keys:
    """The day's sessions as (id, hash of the row), in order of time, under one version
    of the names."""

    version: str | None
    rows: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Mine:
    """``booked`` maps a session's id to (status, reference, free until as Unix time,
    whether a late cancel takes a class), ``waiting`` to the rank in line; ``dates`` are
    the ISO days with either. ``window_days`` is how many days before it a session of
    the page's day opens for the reader. ``takes_class``: a late cancel would take a
    class; None: nothing pays.
    """

    frame: tuple[Any, ...] = (None, None, None, 0)
    policy: PolicyFacts = HOUSE
    window_days: int = HOUSE.window_days
    takes_class: bool | None = None
    booked: dict[int, Place] = field(default_factory=dict)
    waiting: dict[int, int] = field(default_factory=dict)
    dates: frozenset[str] = frozenset()
    covers: tuple[Cover, ...] = ()
    coming: tuple[list[Any], ...] = ()


def session_keys(session_id: int) -> Keys:
    with connection.cursor() as cursor:
        cursor.execute(ONE, [session_id])
        version, pk, key = cursor.fetchone()
    return Keys(version, [] if pk is None else [(pk, key)])


def sessions_with_keys(ids: list[int]) -> list[Any]:
    """Sessions with all that a row shows, each with its ``stamp`` (version) and
    ``content`` as of this very read."""
    joined = ("gym_class__class_type", "trainer", "substitute_for", "room", "branch")
    return list(
        ClassSession.objects.filter(id__in=ids)
        .select_related(*joined)
        .annotate(
            stamp=version_column(*VERSIONS),
            content=RawSQL("hash_record_extended(bookings_classsession, 0)", ()),
        )
    )


def branches() -> list[Any]:
    """Active branches by name, each with the ``stamp`` (version) that its name is
    of."""
    return list(
        Branch.objects.filter(is_active=True)
        .order_by(folded("name"))
        .annotate(stamp=version_column(*VERSIONS))
    )


def choices(branch_id: int) -> list[tuple[str, str, str, str]]:
    """(subject, trainer's slug, trainer's name, the version these are of) of every
    class that goes on at a branch."""
    going = GymClass.objects.filter(
        branch_id=branch_id, status=GymClass.Status.ACTIVE
    ).order_by()
    named = going.annotate(stamp=version_column(*VERSIONS))
    return list(
        named.values_list(
            "class_type__subject", "trainer__slug", "trainer__name", "stamp"
        ).distinct()
    )


def whole(
    member_id: int | None,
    branch_id: int,
    day: date,
    week: tuple[datetime, datetime],
    now: datetime,
    today: date,
) -> tuple[Keys, Mine]:
    """The sessions of a branch's day, and what ``mine`` brings, in one statement."""
    version, rows, *own = _row(
        WHOLE,
        member=member_id,
        branch=branch_id,
        day=day,
        start=week[0],
        end=week[1],
        now=now,
        today=today,
    )
    keys = Keys(version, [(pk, key) for pk, key in rows or ()])
    return keys, _mine(own, member_id, branch_id, day)


def mine(
    member_id: int | None,
    branch_id: int,
    day: date,
    week: tuple[datetime, datetime],
    now: datetime,
    today: date,
) -> Mine:
    """The reader's entries between two instants, the rules for a branch's day and the
    page's frame. Anonymous: None."""
    own = _row(
        MINE,
        member=member_id,
        branch=branch_id,
        start=week[0],
        end=week[1],
        now=now,
        today=today,
    )
    return _mine(own, member_id, branch_id, day)


def _row(statement: str, **given: Any) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchone()


def _mine(own: Sequence[Any], member_id: int | None, branch_id: int, day: date) -> Mine:
    name, hue, currency, unread, found, booked, waiting, covers, coming = own
    held = read_covers(json.loads(covers) if isinstance(covers, str) else covers)
    policy = PolicyFacts(*found) if found else HOUSE
    # of those whose first payment is still to be taken; nobody else pays for the
    # question
    unpaid = (
        booked_unpaid(member_id)
        if member_id and not all(cover.was_paid for cover in held)
        else 0
    )
    paying = usable(
        held, branch_id=branch_id, day=day, policy=policy, booked_unpaid=unpaid
    )
    return Mine(
        frame=(name, hue, currency, unread),
        policy=policy,
        window_days=window_days(paying, policy),
        takes_class=all(cover.limit is not None for cover in paying)
        if paying
        else None,
        booked={row[0]: (row[2], row[3], row[4], row[5]) for row in booked or ()},
        waiting={row[0]: row[2] for row in waiting or ()},
        dates=frozenset(row[1] for row in [*(booked or ()), *(waiting or ())]),
        covers=held,
        coming=tuple(coming or ()),
    )

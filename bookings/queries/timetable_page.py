"""What the timetable page reads: a branch's sessions of a day, and the reader's own.

It reads both in one statement, as of one moment. Of each session that brings its id and
a hash of what its row holds: 64 bits that change with whatever changes the row, and
that are the same only for the same content. So a drawing kept under both is right
whatever happens to the row's place in the table (VACUUM FULL, CLUSTER) or to the
counters of the server (a fail-over that lost commits, a backup restored). Names come
from tables whose triggers give one of VERSIONS a new value. The hash costs what reading
xmin and ctid would, and writes nothing.
"""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models.expressions import RawSQL

from bookings.models import BookingPolicy, ClassSession, GymClass
from bookings.queries.eligibility import booked_unpaid
from bookings.rules import PolicyFacts, usable, window_days
from gymsite.core.models import Branch
from gymsite.core.queries.versions import array_of, version_column
from gymsite.core.search import folded
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements
from memberships.queries import Entitlement, read_entitlements

VERSIONS = ("timetable", "branches")  # of the names that rows and class pages show

SQL = statements("bookings", "timetable_page")

# for a brand without a policy
HOUSE = PolicyFacts(
    *(getattr(BookingPolicy(), value.name) for value in fields(PolicyFacts))
)

Place = tuple[str, str, float, bool]


@dataclass(frozen=True, slots=True)
class SessionVersions:
    """(id, hash of the row) of a day's sessions, under one version of the names."""

    version: str | None
    rows: list[tuple[int, int]]


class ComingUp(NamedTuple):
    """A place that the reader holds; it ``starts`` at a Unix time."""

    session_id: int
    name: str
    room: str
    starts: float
    time_zone: str


@dataclass(frozen=True, slots=True)
class MemberDay:
    """``booked`` maps a session's id to (status, reference, free until as Unix time,
    whether a late cancel takes a class), ``waiting`` to the rank in line; ``dates`` are
    the ISO days with either. ``window_days`` is how many days before it a session of
    the page's day opens for the reader. ``takes_class``: a late cancel would take a
    class; None: nothing pays.
    """

    header: tuple[Any, ...] = (None, None, None, 0)
    policy: PolicyFacts = HOUSE
    window_days: int = HOUSE.window_days
    takes_class: bool | None = None
    booked: dict[int, Place] = field(default_factory=dict)
    waiting: dict[int, int] = field(default_factory=dict)
    dates: frozenset[str] = frozenset()
    entitlements: tuple[Entitlement, ...] = ()
    coming: tuple[ComingUp, ...] = ()


def session_keys(session_id: int) -> SessionVersions:
    found = fetch_one(
        SQL.session_key, {"session": session_id, "versions": array_of(*VERSIONS)}
    )
    return SessionVersions(
        found.version, [(found.id, found.content)] if found.id else []
    )


def sessions_with_keys(ids: list[int]) -> list[Any]:
    """Sessions with all that a row shows, and ``stamp`` and ``content`` as read."""
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
    """Active branches by name, each with the ``stamp`` (version) of its name."""
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


def read_page(
    member_id: int | None,
    branch_id: int,
    day: date,
    week: tuple[datetime, datetime],
    now: datetime,
    today: date,
) -> tuple[SessionVersions, MemberDay]:
    """A branch's sessions of a day and what ``member_day`` brings, in one statement."""
    row = _row(member_id, branch_id, day, week, now, today)
    keys = SessionVersions(row.version, [(pk, key) for pk, key in row.sessions or ()])
    return keys, _mine(row, member_id, branch_id, day)


def member_day(
    member_id: int | None,
    branch_id: int,
    day: date,
    week: tuple[datetime, datetime],
    now: datetime,
    today: date,
) -> MemberDay:
    """The reader's entries between two instants, the rules for a branch's day and the
    page's header. Anonymous: None."""
    row = _row(member_id, branch_id, None, week, now, today)
    return _mine(row, member_id, branch_id, day)


def _row(
    member_id: int | None,
    branch_id: int,
    day: date | None,
    week: tuple[datetime, datetime],
    now: datetime,
    today: date,
) -> Any:
    values = {
        "member": member_id,
        "branch": branch_id,
        "day": day,
        "start": week[0],
        "end": week[1],
        "now": now,
        "today": today,
        "versions": array_of(*VERSIONS),
    }
    return fetch_one(SQL.timetable_page, values)


def _mine(row: Any, member_id: int | None, branch_id: int, day: date) -> MemberDay:
    held = read_entitlements(row.entitlements)
    policy = PolicyFacts(**row.policy) if row.policy else HOUSE
    # only members with an unpaid membership cost this query
    unpaid = (
        booked_unpaid(member_id)
        if member_id and not all(entitlement.was_paid for entitlement in held)
        else 0
    )
    paying = usable(
        held, branch_id=branch_id, day=day, policy=policy, booked_unpaid=unpaid
    )
    booked, waiting = row.booked or (), row.waiting or ()
    return MemberDay(
        header=(row.name, row.hue, row.currency, row.unread),
        policy=policy,
        window_days=window_days(paying, policy),
        takes_class=all(entitlement.limit is not None for entitlement in paying)
        if paying
        else None,
        booked={
            place["session_id"]: (
                place["status"],
                place["reference"],
                place["free_until"],
                place["takes_class"],
            )
            for place in booked
        },
        waiting={entry["session_id"]: entry["rank"] for entry in waiting},
        dates=frozenset(one["session_date"] for one in [*booked, *waiting]),
        entitlements=held,
        coming=tuple(map(ComingUp._make, row.coming or ())),
    )

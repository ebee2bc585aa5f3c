"""What trainers' time at a branch is made of, in one statement, and the starts that it
leaves.

Starts are worked out once for a version: a hash that the statement makes of all that
they come from. The present moment, the notice, the horizon and the client are none of
that, and are looked at whenever somebody asks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from bookings.rules import slots
from bookings.rules.appointments import AppointmentPolicy
from bookings.rules.slots import Hours, Length, Span, Starts
from gymsite.core.models import Branch
from gymsite.core.periods import day_bounds
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements
from gymsite.web import request_counters
from gymsite.web.fragments import MEGABYTE, Fragments

SQL = statements("bookings", "availability")
FRAGMENTS = Fragments("free times", most_bytes=8 * MEGABYTE)


class TrainerTime(NamedTuple):
    """``gives`` are services, where they were asked for; ``made_of`` is None where the
    caller has kept what comes of ``version``."""

    id: int
    name: str
    slug: str
    specialities: list[str]
    user_id: int
    gives: list[int] | None
    version: int
    made_of: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class BranchTime:
    """What was read of some dates: the client's time, and the trainers by name."""

    policy: AppointmentPolicy
    client: list[Span]
    trainers: list[TrainerTime]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose time is looked at: of these trainers, or of all at the branch, with a
    service of those who give it, and of a client; ``besides`` is an appointment that
    takes none."""

    trainer_ids: Sequence[int] | None = None
    service_id: int | None = None
    client_id: int | None = None
    besides: int | None = None


def read(
    branch: Branch, dates: list[date], whose: Whose, *, kept: Iterable[int] = ()
) -> BranchTime | None:
    """None where the branch is switched off. ``kept`` are versions."""
    starts, _ = day_bounds(dates[0] - slots.DAY, branch.zone)
    _, ends = day_bounds(dates[-1] + slots.DAY, branch.zone)
    asked = {
        "branch": branch.pk,
        "trainers": _array(whose.trainer_ids),
        "service": whose.service_id,
        # a day before and after, for what goes over midnight
        "first": dates[0] - slots.DAY,
        "last": dates[-1] + slots.DAY,
        "starts": starts,
        "ends": ends,
        "client": whose.client_id,
        "besides": whose.besides,
        "kept": _array(kept),
    }
    row = fetch_one(SQL.trainers_time, asked)
    if row is None:
        return None
    trainers = [TrainerTime._make(one) for one in row.trainers or ()]
    return BranchTime(AppointmentPolicy(**row.policy), _spans(row.client), trainers)


def _array(numbers: Iterable[int] | None) -> str | None:
    """As PostgreSQL writes an array: a text is sent for far less than a list."""
    return None if numbers is None else f"{{{','.join(map(str, numbers))}}}"


def _spans(rows: Iterable[Sequence[float]] | None) -> list[Span]:
    return [
        (datetime.fromtimestamp(begins, UTC), datetime.fromtimestamp(ends, UTC))
        for begins, ends in rows or ()
    ]


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """A trainer's time on some dates. ``opening`` is None where the branch names no
    hours; ``working`` lies within it."""

    opening: list[Span] | None
    working: list[Span]
    taken: list[Span]


def working_time(
    made_of: dict[str, Any], branch: Branch, dates: list[date]
) -> WorkingTime:
    around = slots.dates(dates[0] - slots.DAY, len(dates) + 2)
    hours = slots.windows(_hours(made_of["hours"]), around, branch.zone)
    works = slots.merged([*hours, *_spans(made_of["extra"])])
    opening = None
    if open_hours := _hours(made_of["opening"]):
        opening = slots.windows(open_hours, around, branch.zone)
        works = slots.both(works, opening)
    return WorkingTime(opening, works, _spans(made_of["taken"]))


def _hours(rows: Iterable[dict[str, Any]] | None) -> list[Hours]:
    return [
        Hours(
            row["weekday"],
            time.fromisoformat(row["starts"]),
            time.fromisoformat(row["ends"]),
            date.fromisoformat(row.get("valid_from", "0001-01-01")),
            date.fromisoformat(row["valid_until"]) if row.get("valid_until") else None,
        )
        for row in rows or ()
    ]


@dataclass(frozen=True)
class Bookable:
    """When a client can book the trainers of a branch on some dates, as of ``now``."""

    branch: Branch
    dates: list[date]
    time: BranchTime
    trainers: list[tuple[TrainerTime, WorkingTime]]
    now: datetime

    @cached_property
    def last_day(self) -> date:
        return self.time.policy.last_day(self.now, self.branch.zone)

    @cached_property
    def _bounds(self) -> tuple[datetime, datetime]:
        """The first moment that can be booked, and the first that can't any more."""
        moment = timedelta(microseconds=1)  # what starts now has begun
        first = max(self.time.policy.earliest(self.now), self.now + moment)
        return first, day_bounds(self.last_day, self.branch.zone)[1]

    def with_trainer(
        self, one: TrainerTime, has: WorkingTime, length: Length
    ) -> Starts:
        return self._open(self._starts(one, has, length), length)

    def with_any(self, length: Length) -> Starts:
        """With one of them, whoever it is."""
        versions = (one.version for one, _ in self.trainers)
        starts = FRAGMENTS.get_or_draw(
            ("any", self.dates[0], len(self.dates), length, *versions),
            lambda: tuple(
                sorted(
                    {at for one in self.trainers for at in self._starts(*one, length)}
                )
            ),
        )
        return self._open(starts, length)

    def _starts(self, one: TrainerTime, has: WorkingTime, length: Length) -> Starts:
        """All that the trainer's time leaves, whenever it is asked and for whom."""
        return FRAGMENTS.get_or_draw(
            ("starts", one.version, self.dates[0], len(self.dates), length),
            lambda: tuple(
                slots.starts(self._on(length), has.working, has.taken, (), length)
            ),
        )

    def _on(self, length: Length) -> list[datetime]:
        zone = self.branch.zone
        return FRAGMENTS.get_or_draw(
            ("raster", self.dates[0], len(self.dates), length.raster, zone.key),
            lambda: slots.raster(self.dates, length.raster, zone),
        )

    def _open(self, starts: Starts, length: Length) -> Starts:
        ahead = slots.between(starts, *self._bounds)
        return slots.clear_of(ahead, self.time.client, length)


def bookable(
    branch: Branch, dates: list[date], whose: Whose, now: datetime
) -> Bookable | None:
    """One statement. None where the branch is switched off."""
    place = branch.pk, dates[0], len(dates), whose.besides
    team, ids = ("team", *place, whose.service_id), whose.trainer_ids
    if ids is None:  # those who were there the last time
        ids = FRAGMENTS.get(team) or ()
    known = _known(place, ids)
    found = read(branch, dates, whose, kept=(version for version, _ in known.values()))
    if found is None:
        return None
    fresh = {
        one.id: (one.version, working_time(one.made_of, branch, dates))
        for one in found.trainers
        if one.made_of is not None
    }
    for trainer_id, its in fresh.items():
        FRAGMENTS.keep(("time", *place, trainer_id), its)
    there = tuple(one.id for one in found.trainers)
    if whose.trainer_ids is None and there != ids:
        FRAGMENTS.keep(team, there)
    request_counters.looked(hits=len(there) - len(fresh), misses=len(fresh))
    working = [(one, (fresh.get(one.id) or known[one.id])[1]) for one in found.trainers]
    return Bookable(branch, dates, found, working, now)


def _known(
    place: tuple[Any, ...], ids: Sequence[int]
) -> dict[int, tuple[int, WorkingTime]]:
    """(version, time) of the trainers of whom any is kept."""
    found = FRAGMENTS.find(("time", *place, one) for one in ids)
    return {one: kept for one, kept in zip(ids, found, strict=True) if kept}

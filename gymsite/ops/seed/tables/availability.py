"""When trainers take appointments: two spells on five days of the week each, their
holidays, and single hours that are otherwise."""

from dataclasses import dataclass

import numpy as np

from gymsite.ops.seed import words
from gymsite.ops.seed.accounts import DEMO_TRAINER
from gymsite.ops.seed.columns import DAY, HOUR, MINUTE, Table, Words
from gymsite.ops.seed.plan import Plan, instants, midnights
from gymsite.ops.seed.tables.core import Branches, People
from gymsite.ops.seed.tables.sessions import Sessions
from gymsite.ops.seed.tables.timetable import Classes

WORKDAYS = np.array(
    [[0, 1, 2, 3, 4], [0, 1, 2, 3, 5], [1, 2, 3, 4, 5], [0, 1, 3, 4, 6]]
)
# two spells a day in minutes, of who begins early, of who begins late, at weekends
EARLY = ((7 * 60, 12 * 60), (14 * 60, 18 * 60))
LATE = ((10 * 60, 14 * 60), (16 * 60, 21 * 60))
WEEKEND = ((9 * 60, 12 * 60), (13 * 60, 17 * 60))
SPELL_HOURS = 5  # the longest
STEP = 5  # minutes in which a trainer's week is looked at
STEPS = 7 * 1440 // STEP
KINDS = ["holiday", "block", "extra"]
HOLIDAY, BLOCK, EXTRA = range(3)
# what lies before and after the classes that are dated: nobody teaches on holiday
HOLIDAYS_BACK, HOLIDAYS_AHEAD = (10, 25), (29, 34)


@dataclass(frozen=True, slots=True)
class Rosters:
    """Trainers by place, each with the spells of a week: (trainers, 10) of weekday and
    minutes of the day. ``seniority`` is 0, 1 or 2; ``busy`` how much each is wanted."""

    branch: np.ndarray
    weekday: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    seniority: np.ndarray
    busy: np.ndarray

    def __len__(self) -> int:
        return len(self.branch)


def rosters(plan: Plan, crowd: People) -> Rosters:
    random = plan.random("rosters")
    branch = crowd.branch[crowd.trainers]
    count = len(branch)
    days = WORKDAYS[random.integers(0, len(WORKDAYS), count)]
    late = random.random(count) < 0.5
    spells = np.where(
        late[:, None, None, None], np.array(LATE), np.array(EARLY)
    ).repeat(5, axis=1)
    spells = np.where((days >= 5)[:, :, None, None], np.array(WEEKEND), spells)
    spells = spells + np.where(random.random(count) < 0.35, 30, 0)[:, None, None, None]
    busy = random.lognormal(0, 0.6, count)
    demo = crowd.trainers == DEMO_TRAINER.id - 1
    busy[demo] = 12
    seniority = np.searchsorted([0.55, 0.85], random.random(count))
    seniority[demo] = 1
    return Rosters(
        branch,
        days.repeat(2, axis=1),
        spells[..., 0].reshape(count, 10),
        spells[..., 1].reshape(count, 10),
        seniority,
        busy,
    )


def availability_table(plan: Plan, crowd: People, works: Rosters) -> Table:
    trainer = np.arange(len(works)).repeat(10)
    since = np.minimum(crowd.joined_day[crowd.trainers], plan.today - 365)
    return Table(
        "bookings_availability",
        {
            "id": np.arange(1, len(trainer) + 1),
            "trainer_id": trainer + 1,
            "branch_id": works.branch[trainer] + 1,
            "weekday": works.weekday.ravel(),
            "starts": works.starts.ravel() * MINUTE,
            "ends": works.ends.ravel() * MINUTE,
            "valid_from": since[trainer].astype(np.int32),
            "valid_until": None,
            "is_active": True,
        },
    )


@dataclass(frozen=True, slots=True)
class Hours:
    """Single hours of the week that a trainer works and teaches nothing in."""

    trainer: np.ndarray
    weekday: np.ndarray
    minute: np.ndarray

    def __len__(self) -> int:
        return len(self.trainer)

    def __getitem__(self, rows: np.ndarray) -> "Hours":
        return Hours(self.trainer[rows], self.weekday[rows], self.minute[rows])


def free_hours(works: Rosters, week: Classes) -> Hours:
    begin = works.starts[:, :, None] + 60 * np.arange(SPELL_HOURS)
    trainer, spell, hour = np.nonzero(begin + 60 <= works.ends[:, :, None])
    minute = begin[trainer, spell, hour]
    weekday = works.weekday[trainer, spell]
    teaches = np.zeros((len(works), STEPS + 1), dtype=np.int16)
    begins = (week.weekday * 1440 + week.starts) // STEP
    for step in range(-(-int(week.minutes.max(initial=0)) // STEP)):
        on = step * STEP < week.minutes
        teaches[week.trainer[on], (begins[on] + step) % STEPS + 1] = 1
    taught = teaches.cumsum(axis=1, dtype=np.int32)
    at = (weekday * 1440 + minute) // STEP
    free = taught[trainer, at + 60 // STEP] == taught[trainer, at]
    return Hours(trainer, weekday, minute)[free]


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Exceptions by place (id - 1), instants; ``trainer`` is a place."""

    trainer: np.ndarray
    kind: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    created: np.ndarray

    @property
    def away(self) -> "Exceptions":
        gone = np.flatnonzero(self.kind != EXTRA)
        return Exceptions(*(getattr(self, name)[gone] for name in self.__slots__))


def exceptions(
    plan: Plan, here: Branches, works: Rosters, spare: Hours, dated: Sessions
) -> Exceptions:
    """A week off for each and another ahead for some; of the hours that no client has
    (``spare``) one blocked here and there, and a Sunday opened."""
    random = plan.random("exceptions")
    parts = [
        _holidays(plan, random, here, works, 1.0, HOLIDAYS_BACK, -1),
        _holidays(plan, random, here, works, 0.3, HOLIDAYS_AHEAD, 1),
        _blocks(plan, random, here, works, spare, dated),
        _sundays(plan, random, here, works),
    ]
    trainer, kind, starts, ends = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    notice = random.integers(2 * DAY, 40 * DAY, len(trainer))
    created = np.minimum(starts - notice, plan.now - notice // 8)
    order = np.lexsort((trainer, created))
    columns = (trainer, kind, starts, ends, created)
    return Exceptions(*(column[order] for column in columns))


def _holidays(plan: Plan, random, here: Branches, works: Rosters, share, when, sign):
    trainer = np.flatnonzero(random.random(len(works)) < share)
    trainer = trainer[trainer > 0] if sign > 0 else trainer  # the demo trainer stays
    if sign < 0:
        first = plan.today - 7 * random.integers(*when, len(trainer))
    else:
        first = plan.today + random.integers(*when, len(trainer))
    zone = here.zone[works.branch[trainer]]
    starts = midnights(first, zone, here.zones) if len(first) else first
    last = first + random.integers(3, 8, len(trainer))
    ends = midnights(last, zone, here.zones) if len(first) else last
    return trainer, np.full(len(trainer), HOLIDAY), starts, ends


def _blocks(
    plan: Plan, random, here: Branches, works: Rosters, spare: Hours, dated: Sessions
):
    """At most one hour of each trainer, three weeks around today."""
    order = random.permutation(len(spare))
    _, once = np.unique(spare.trainer[order], return_index=True)
    spare = spare[order[once]]
    day = next_on(plan, spare.weekday) + 7 * random.integers(-2, 2, len(spare))
    starts = at_branch(here, works, spare, day)
    ends = starts + HOUR
    free = ~meets(spare.trainer, starts, ends, *dated.taught)
    return (
        spare.trainer[free],
        np.full(int(free.sum()), BLOCK),
        starts[free],
        ends[free],
    )


def _sundays(plan: Plan, random, here: Branches, works: Rosters):
    trainer = np.flatnonzero(random.random(len(works)) < 0.25)
    count = len(trainer)
    day = next_on(plan, np.full(count, 6)) + 7 * random.integers(-4, 4, count)
    zone = here.zone[works.branch[trainer]]
    starts = instants(day, np.full(count, 600), zone, here.zones)
    return trainer, np.full(count, EXTRA), starts, starts + 3 * HOUR


def next_on(plan: Plan, weekday: np.ndarray) -> np.ndarray:
    """The first day of that weekday from the seed's day on."""
    return plan.today + (weekday - plan.day.weekday()) % 7


def at_branch(
    here: Branches, works: Rosters, hours: Hours, day: np.ndarray
) -> np.ndarray:
    zone = here.zone[works.branch[hours.trainer]]
    return instants(day, hours.minute, zone, here.zones)


def meets(
    whose: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    other: np.ndarray,
    begins: np.ndarray,
    until: np.ndarray,
) -> np.ndarray:
    """Which times meet one of the others of the same person or room.

    The others of one never meet each other, so the last that begins before the end
    tells.
    """
    if not len(other):
        return np.zeros(len(whose), dtype=bool)
    width = np.int64(1) << 26  # minutes: over a century
    key = other * width + begins // MINUTE
    order = np.argsort(key)
    last = np.searchsorted(key[order], whose * width - (-ends // MINUTE)) - 1
    found = order[np.maximum(last, 0)]
    return (last >= 0) & (other[found] == whose) & (until[found] > starts)


def exception_table(plan: Plan, works: Rosters, apart: Exceptions) -> Table:
    random = plan.random("absences")
    said = words.words()["absences"]
    pool = ["", *(reason for kind in KINDS for reason in said[kind])]
    firsts = np.cumsum([1] + [len(said[kind]) for kind in KINDS])
    draw = random.integers(0, 1000, len(apart.kind))
    reason = firsts[apart.kind] + draw % np.diff(firsts)[apart.kind]
    return Table(
        "bookings_availabilityexception",
        {
            "id": np.arange(1, len(apart.kind) + 1),
            "trainer_id": apart.trainer + 1,
            "branch_id": works.branch[apart.trainer] + 1,
            "kind": Words.of(KINDS, apart.kind),
            "starts_at": apart.starts,
            "ends_at": apart.ends,
            "reason": Words.of(pool, np.where(draw < 200, 0, reason)),
            "created_at": apart.created,
        },
    )

"""Dated sessions: which of the weekly classes take place, and who teaches them."""

from dataclasses import dataclass

import numpy as np

from gymsite.ops.seed import words
from gymsite.ops.seed.columns import DAY, HOUR, MINUTE, Maybe, Table, Words
from gymsite.ops.seed.plan import Plan, instants, season
from gymsite.ops.seed.tables.core import Branches, People
from gymsite.ops.seed.tables.timetable import Classes, class_types


@dataclass(frozen=True, slots=True)
class Sessions:
    """Dated sessions by place (id - 1), in the order of their start.

    ``pull`` is what each draws on its date.
    """

    of_class: np.ndarray
    branch: np.ndarray
    trainer: np.ndarray
    stands_in_for: np.ndarray
    day: np.ndarray
    minute: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    capacity: np.ndarray
    pull: np.ndarray
    cancelled: np.ndarray
    cancelled_at: np.ndarray

    def __len__(self) -> int:
        return len(self.of_class)

    @property
    def taught(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Trainer, start and end of those that take place."""
        on = ~self.cancelled
        return self.trainer[on], self.starts[on], self.ends[on]


def sessions(plan: Plan, here: Branches, week: Classes, crowd: People) -> Sessions:
    """Each class on its dates before the seed's day and its 4 from then on."""
    random = plan.random("sessions")
    first = plan.today + (week.weekday - plan.day.weekday()) % 7
    day = (first[:, None] + 7 * plan.weeks).ravel()
    of_class = np.repeat(np.arange(len(week)), len(plan.weeks))
    starts = instants(
        day, week.starts[of_class], here.zone[week.branch[of_class]], here.zones
    )
    order = np.lexsort((of_class, starts))
    day, of_class, starts = day[order], of_class[order], starts[order]
    branch = week.branch[of_class]
    pull = (
        week.pull[of_class]
        * season(day, here.southern[branch])
        * np.exp(random.normal(0, 0.18, len(day)))
    )
    cancelled = random.random(len(day)) < 0.008
    notice = random.integers(3 * HOUR, 3 * DAY, len(day))
    called_off = np.minimum(
        starts - notice, plan.now - random.integers(HOUR, DAY, len(day))
    )
    ends = starts + week.minutes[of_class] * MINUTE
    trainer, stands_in_for = _substitutes(
        random, week, crowd, of_class, day, ~cancelled
    )
    return Sessions(
        of_class,
        branch,
        trainer,
        stands_in_for,
        day,
        week.starts[of_class],
        starts,
        ends,
        week.capacity[of_class],
        pull,
        cancelled,
        called_off,
    )


def _substitutes(
    random, week: Classes, crowd: People, of_class, day, ahead
) -> tuple[np.ndarray, np.ndarray]:
    """Who teaches each session and (or -1) for whom.

    At most one substitute a branch and day, a colleague who has that day off, so that
    nobody is in two places.
    """
    trainer = week.trainer[of_class]
    stands_in_for = np.full(len(day), -1)
    candidates = np.flatnonzero((random.random(len(day)) < 0.025) & ahead)
    _, once = np.unique(
        week.branch[of_class[candidates]] * 100_000 + day[candidates], return_index=True
    )
    works = np.zeros((len(crowd.trainers), 7), dtype=bool)
    works[week.trainer, week.weekday] = True
    home = crowd.branch[crowd.trainers]
    for session in candidates[once].tolist():
        team = np.flatnonzero(
            (home == week.branch[of_class[session]])
            & ~works[:, week.weekday[of_class[session]]]
        )
        if len(team):
            stands_in_for[session] = trainer[session]
            trainer[session] = team[session % len(team)]
    return trainer, stands_in_for


def session_table(
    plan: Plan,
    here: Branches,
    week: Classes,
    dated: Sessions,
    booked,
    waiting,
    last_position,
) -> Table:
    random = plan.random("topics")
    reasons = words.words()["cancel_reasons"]
    reason = np.where(
        dated.cancelled, 1 + random.integers(0, len(reasons), len(dated)), 0
    )
    return Table(
        "bookings_classsession",
        {
            "id": np.arange(1, len(dated) + 1),
            "branch_id": dated.branch + 1,
            "gym_class_id": dated.of_class + 1,
            "room_id": week.room[dated.of_class] + 1,
            "trainer_id": dated.trainer + 1,
            "substitute_for_id": Maybe(
                dated.stands_in_for + 1, dated.stands_in_for >= 0
            ),
            "session_date": dated.day,
            "starts_at": dated.starts,
            "ends_at": dated.ends,
            "time_zone": Words.of(here.zones, here.zone[dated.branch]),
            "moved_at": None,
            "topic": _topics(random, week.kind[dated.of_class]),
            "status": Words.of(["scheduled", "cancelled"], dated.cancelled.astype(int)),
            "capacity": dated.capacity,
            "booked_count": booked,
            "waitlist_length": waiting,
            "waitlist_last": last_position,
            "revised_at": None,
            "cancelled_at": Maybe(dated.cancelled_at, dated.cancelled),
            "cancel_reason": Words.of(["", *reasons], reason),
        },
    )


def _topics(random, kind: np.ndarray) -> Words:
    """A topic of its subject for three sessions in ten."""
    topics = words.words()["topics"]
    pool = [""] + [topic for subject in topics.values() for topic in subject]
    firsts = np.cumsum([1] + [len(subject) for subject in topics.values()])
    subject = np.array([list(topics).index(row["subject"]) for row in class_types()])[
        kind
    ]
    topic = (
        firsts[subject] + random.integers(0, 1000, len(kind)) % np.diff(firsts)[subject]
    )
    return Words.of(pool, np.where(random.random(len(kind)) < 0.3, topic, 0))

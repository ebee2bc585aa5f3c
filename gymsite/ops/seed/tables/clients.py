"""Who trains with whom: each client has a trainer, and an hour of their week."""

from dataclasses import dataclass

import numpy as np

from gymsite.ops.seed.accounts import DEMO_MEMBER
from gymsite.ops.seed.columns import DAY, HOUR
from gymsite.ops.seed.draws import ranks
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.tables.availability import (
    Exceptions,
    Hours,
    Rosters,
    at_branch,
    meets,
    next_on,
)
from gymsite.ops.seed.tables.bookings import Bookings
from gymsite.ops.seed.tables.core import Branches, People
from gymsite.ops.seed.tables.memberships import Memberships
from gymsite.ops.seed.tables.sessions import Sessions

WEEKS_BACK, WEEKS_AHEAD = 26, 6
WEEKS = WEEKS_BACK + WEEKS_AHEAD
FURTHEST = 40 * DAY  # ahead: what can be booked by then
# An hour has two clients: by turns of a week, or one after the other.
BY_TURNS, ONE_AFTER_THE_OTHER = range(2)
HOUR_PULL = np.array([3, 3, 2.2, 1.4, 1.2, 1.4, 1, 1, 1.2, 1.8, 3, 3.4, 2.6, 1.6])
FIRST_HOUR = 7


@dataclass(frozen=True, slots=True)
class Clients:
    """Clients by place in this list: ``member`` is a place of users, ``hours`` theirs;
    they come from week ``since`` until before ``until``, every ``every`` weeks."""

    member: np.ndarray
    hours: Hours
    since: np.ndarray
    until: np.ndarray
    every: np.ndarray

    def __len__(self) -> int:
        return len(self.member)


def clients(
    plan: Plan, crowd: People, works: Rosters, free: Hours
) -> tuple[Clients, Hours]:
    """As many as the plan asks for, and the hours that nobody has.

    Who is wanted has most of their hours taken. Raises ValueError where a branch's
    trainers have too little time for its clients.
    """
    random = plan.random("clients")
    member = _members(plan, random, crowd)
    slot = np.arange(len(free)).repeat(2)
    second = np.tile([False, True], len(free))
    how = random.integers(0, 2, len(free))[slot]
    split = random.integers(WEEKS // 3, WEEKS - WEEKS // 3, len(free))[slot]
    after = how == ONE_AFTER_THE_OTHER
    since = np.where(after & second, split, np.where(after, 0, second))
    until = np.where(after & ~second, split, WEEKS)
    chosen = _chosen(random, works, free, slot, until, crowd.branch[member])
    member = member[np.lexsort((crowd.joined_day[member], crowd.branch[member]))]
    still_weekly = (after & (until == WEEKS))[chosen]
    _seat_demo_member(member, (free.trainer[slot[chosen]] == 0) & still_weekly)
    spare = np.ones(len(free), dtype=bool)
    spare[slot[chosen]] = False
    found = Clients(
        member,
        free[slot[chosen]],
        since[chosen],
        until[chosen],
        np.where(after, 1, 2)[chosen],
    )
    return found, free[spare]


def _members(plan: Plan, random, crowd: People) -> np.ndarray:
    """Members who are clients: of those who joined long enough ago, the demo member."""
    member = crowd.members
    if len(member) == plan.sizes.clients:
        return member
    demo = member == DEMO_MEMBER.id - 1
    old = crowd.joined_at[member] < plan.now - 60 * DAY
    able = member[crowd.is_active[member] & old & ~demo]
    drawn = random.permutation(able)[: plan.sizes.clients - 1]
    return np.r_[member[demo], drawn]


def _chosen(
    random,
    works: Rosters,
    free: Hours,
    slot: np.ndarray,
    until: np.ndarray,
    branch: np.ndarray,
) -> np.ndarray:
    """The turns of a branch that its clients have, those that end first first."""
    trainer = free.trainer[slot]
    pull = np.log(works.busy[trainer]) + np.log(
        HOUR_PULL[free.minute[slot] // 60 - FIRST_HOUR]
    )
    here = works.branch[trainer]
    best = ranks(here, -(pull + random.gumbel(size=len(slot))))
    wanted = np.bincount(branch, minlength=int(works.branch.max()) + 1)
    there = np.bincount(here, minlength=len(wanted))
    if (wanted > there).any():
        place = int(np.argmax(wanted - there))
        raise ValueError(
            f"Branch {place + 1} has {wanted[place]} clients for {there[place]} hours "
            "of its trainers."
        )
    chosen = np.flatnonzero(best < wanted[here])
    return chosen[np.lexsort((random.random(len(chosen)), until[chosen], here[chosen]))]


def _seat_demo_member(member: np.ndarray, fits: np.ndarray) -> None:
    """The demo member trains with the demo trainer every week, and still does."""
    now, there = np.flatnonzero(member == DEMO_MEMBER.id - 1), np.flatnonzero(fits)
    if len(now) and len(there):
        member[now[0]], member[there[-1]] = member[there[-1]], member[now[0]]


@dataclass(frozen=True, slots=True)
class Turns:
    """Hours that clients come to, by place of client; instants of a whole hour."""

    client: np.ndarray
    day: np.ndarray
    starts: np.ndarray


def turns(
    plan: Plan,
    here: Branches,
    crowd: People,
    works: Rosters,
    known: Clients,
    apart: Exceptions,
    dated: Sessions,
    booked: tuple[Bookings, Memberships] | None,
) -> Turns:
    """The exact number that the plan asks for, at least one of each client.

    Nobody is elsewhere: no trainer, and no client with a place in a class.
    """
    random = plan.random("appointments")
    client, week = np.nonzero(_comes(known))
    hours = known.hours[client]
    day = next_on(plan, hours.weekday) + 7 * (week - WEEKS_BACK)
    starts = at_branch(here, works, hours, day)
    member = known.member[client]
    fits = ~meets(hours.trainer, starts, starts + HOUR, *dated.taught)
    away = apart.away
    fits &= ~meets(
        hours.trainer, starts, starts + HOUR, away.trainer, away.starts, away.ends
    )
    if booked:
        fits &= ~meets(member, starts, starts + HOUR, *_classes(*booked, dated))
    joined = crowd.joined_at[member]
    fits &= (joined + 5 * HOUR < starts) & (starts < plan.now + FURTHEST)
    fits &= crowd.is_active[member] | (starts < plan.now - 30 * DAY)
    pull = _pull(random, plan, known, client, starts)
    rows = np.flatnonzero(fits)
    kept = rows[_kept(random, client[rows], pull[rows], plan.sizes.appointments)]
    return Turns(client[kept], day[kept], starts[kept])


def _comes(known: Clients) -> np.ndarray:
    week = np.arange(WEEKS)
    since, until = known.since[:, None], known.until[:, None]
    return (
        (week >= since) & (week < until) & ((week - since) % known.every[:, None] == 0)
    )


def _classes(
    booked: Bookings, held: Memberships, dated: Sessions
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who has a place in a class, from when, until when."""
    rows = np.flatnonzero(booked.holds_place)
    session = booked.session[rows]
    member = held.member[booked.membership[rows]].astype(np.int64)
    return member, dated.starts[session], dated.ends[session]


def _pull(
    random, plan: Plan, known: Clients, client: np.ndarray, starts: np.ndarray
) -> np.ndarray:
    """How likely each turn is taken: keen clients, fewer the further ahead."""
    keen = random.lognormal(0, 0.5, len(known))
    keen[known.member == DEMO_MEMBER.id - 1] = 1e6
    ahead = np.maximum(starts - plan.now, 0) / DAY
    return keen[client] * np.exp(-np.maximum(ahead - 8, 0) / 9)


def _kept(random, client: np.ndarray, pull: np.ndarray, count: int) -> np.ndarray:
    """Places of ``count`` turns, the most likely ones; each client keeps one."""
    if len(client) < count:
        raise ValueError(f"There is time for {len(client)} appointments, not {count}.")
    clock = random.standard_exponential(len(client)) / pull
    first = ranks(client, clock) == 0
    if first.sum() > count:
        raise ValueError(f"There are more clients than {count} appointments.")
    return np.sort(np.lexsort((clock, ~first))[:count])

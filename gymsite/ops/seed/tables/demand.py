"""Who wants to be where: who takes, waits for or gives back a place.

A member is drawn at most once for a branch's half day (before or from 13:00), so their
bookings never overlap.
"""

from dataclasses import dataclass, replace

import numpy as np

from gymsite.ops.seed.accounts import DEMO_MEMBER
from gymsite.ops.seed.columns import DAY
from gymsite.ops.seed.draws import ranks
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.tables.allowances import Periods, periods
from gymsite.ops.seed.tables.memberships import PACK, UNLIMITED, Memberships, Plans
from gymsite.ops.seed.tables.sessions import Sessions

HOLDING_SHARE = 0.865  # of all bookings; the others were cancelled
WAITING_SHARE = 0.62  # of all waitlist entries; the others have ended
LONGEST_LINE = 26
NOON = 13 * 60
HELD, WAITS, SPARE = range(3)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Places of each session that are to be taken, and how many are to wait for one."""

    places: np.ndarray
    line: np.ndarray


@dataclass(frozen=True, slots=True)
class Turns:
    """Member and session pairs, each member once a half day.

    ``role`` says what becomes of it, ``membership`` pays.
    """

    session: np.ndarray
    membership: np.ndarray
    role: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> "Turns":
        return Turns(self.session[rows], self.membership[rows], self.role[rows])


def wanted(plan: Plan, dated: Sessions) -> Wanted:
    random = plan.random("demand")
    ahead = (dated.starts - plan.now) / DAY
    pull = dated.pull * np.where(
        ahead < 0,
        1,
        np.exp(-np.maximum(ahead, 0) / 16) * np.where(ahead > 12.5, 0.1, 1),
    )
    pull = np.where(dated.ends <= plan.now, pull, pull * 0.95) * ~dated.cancelled
    line = _lines(plan, random, dated, ahead)
    target = plan.sizes.bookings * HOLDING_SHARE
    places = _filled(pull, dated.capacity, target, random, line > 0)
    # a session that is called off had bookings too; they are cancelled with it
    places = np.where(
        dated.cancelled, np.minimum(dated.capacity, 1 + dated.capacity // 3), places
    )
    return Wanted(places, line)


def _lines(plan: Plan, random, dated: Sessions, ahead: np.ndarray) -> np.ndarray:
    """How many wait for each session: about ten for the most wanted ones ahead."""
    line = np.zeros(len(dated), dtype=np.int64)
    length = np.clip(
        np.round(random.gamma(6.0, 1.75, len(dated))), 2, LONGEST_LINE
    ).astype(np.int64)
    may = (ahead > 1.2) & (ahead < 11) & ~dated.cancelled & (dated.minute > 300)
    order = np.argsort(np.where(may, -dated.pull, np.inf))[: int(may.sum())]
    enough = (
        np.searchsorted(
            np.cumsum(length[order]), plan.sizes.waitlist * WAITING_SHARE * 1.25
        )
        + 1
    )
    chosen = order[:enough]
    line[chosen] = length[chosen]
    return line


def _filled(
    pull: np.ndarray, capacity: np.ndarray, target: float, random, full: np.ndarray
) -> np.ndarray:
    """Places taken of each session: by its pull, ``target`` in all."""
    dither = random.random(len(pull))
    low, high = 0.0, 50.0
    for _ in range(40):
        middle = (low + high) / 2
        taken = np.where(
            full,
            capacity,
            np.minimum(capacity, (capacity * pull * middle + dither).astype(np.int64)),
        )
        low, high = (middle, high) if taken.sum() < target else (low, middle)
    return taken


def turns(plan: Plan, held: Memberships, offers: Plans, dated: Sessions) -> Turns:
    """Draw each branch's members for its half days; who has a place, who waits."""
    want = wanted(plan, dated)
    spare = np.ceil(want.places * 0.42).astype(np.int64) + 1
    asked = want.places + want.line + np.where(want.line > 0, 6, 0) + spare
    calendar = periods(plan)
    drawn = [
        _draw_branch(plan, held, offers, dated, asked, place, calendar)
        for place in np.unique(dated.branch).tolist()
    ]
    session, membership = (
        np.concatenate(column) for column in zip(*drawn, strict=True)
    )
    rank = ranks(session, plan.random("roles").random(len(session)))
    role = np.where(rank < want.places[session], HELD, SPARE).astype(np.int8)
    holding = np.bincount(session[role == HELD], minlength=len(dated))
    waits = (rank >= want.places[session]) & (rank < (want.places + want.line)[session])
    early = held.created[membership] <= dated.starts[session] - 13 * DAY
    full = (holding == dated.capacity)[session]
    role[waits & full & early] = WAITS
    return _with_demo_member(plan, held, dated, Turns(session, membership, role))


def _draw_branch(
    plan: Plan,
    held: Memberships,
    offers: Plans,
    dated: Sessions,
    asked: np.ndarray,
    branch: int,
    calendar: Periods,
) -> tuple[np.ndarray, np.ndarray]:
    """Sessions and memberships of one branch: who rings first in each half day."""
    random = plan.random(f"turns {branch}")
    payer = np.flatnonzero(
        held.pays & offers.includes_classes[held.plan] & (held.branch == branch)
    )
    payer = payer[held.member[payer] != DEMO_MEMBER.id - 1]
    here = np.flatnonzero(dated.branch == branch)
    half = (dated.day[here] - plan.first_day) * 2 + (dated.minute[here] >= NOON)
    here = here[np.argsort(half, kind="stable")]
    half = np.sort(half)
    seats = np.bincount(
        half, weights=asked[here], minlength=2 * (plan.last_day - plan.first_day + 1)
    ).astype(np.int64)
    clock = _clocks(plan, random, held, offers, payer, len(seats))
    seats = np.minimum(seats, np.isfinite(clock).sum(axis=1))
    order = np.argsort(clock, axis=1)[:, : seats.max(initial=0)]
    taken = np.arange(order.shape[1]) < seats[:, None]
    drawn_half, member = np.nonzero(taken)[0], order[taken]
    session = _seated(
        random, here, half, asked, seats, drawn_half, held.member[payer[member]]
    )
    membership = payer[member]
    within = _within_allowance(
        random, held, offers, membership, dated.day[session], calendar
    )
    # four bytes each: at scale 10 these are the largest columns by far
    return session[within].astype(np.int32), membership[within].astype(np.int32)


def _clocks(
    plan: Plan, random, held: Memberships, offers: Plans, payer: np.ndarray, halves: int
) -> np.ndarray:
    """An exponential waiting time for each half day and member, (halves, members).

    Infinite where the member can't book. Keen members, and those of more generous
    plans, ring sooner; each leans to mornings or evenings.
    """
    day = plan.first_day + np.arange(halves) // 2
    weekly = offers.classes[held.plan[payer]] * np.where(
        offers.weekly[held.plan[payer]], 1.0, 0.24
    )
    weekly = np.where(offers.kind[held.plan[payer]] == UNLIMITED, 2.6, weekly)
    weekly = np.where(offers.kind[held.plan[payer]] == PACK, 0.7, weekly)
    keen = (weekly * random.lognormal(0, 0.55, len(payer))).astype(np.float32)
    morning = random.beta(0.9, 0.9, len(payer)).astype(np.float32)
    lean = np.where(
        np.arange(halves)[:, None] % 2 == 0, morning, 1 - morning
    ) + np.float32(0.08)
    clock = random.standard_exponential((halves, len(payer)), dtype=np.float32) / (
        keen * lean
    )
    window = offers.window[held.plan[payer]]
    last = np.minimum(held.books_until[payer], plan.today + window - 2)
    able = (day[:, None] > held.starts[payer]) & (day[:, None] <= last)
    clock[~able] = np.inf
    return clock


def _seated(random, here, half, asked, seats, drawn_half, person) -> np.ndarray:
    """The session of each member drawn: who comes early keeps coming early."""
    seat_session = np.repeat(here, asked[here])
    seat_half = np.repeat(half, asked[here])
    seat_session = seat_session[
        ranks(seat_half, random.random(len(seat_half))) < seats[seat_half]
    ]
    habit = (person * 2654435761 % 1000) / 1000 + random.normal(0, 0.15, len(person))
    return seat_session[np.lexsort((habit, drawn_half)).argsort()]


def _within_allowance(
    random, held: Memberships, offers: Plans, membership, day, calendar: Periods
) -> np.ndarray:
    """Which classes a limited plan still pays for, all that could be held counted."""
    kind = offers.kind[held.plan[membership]]
    limited = np.flatnonzero(kind != UNLIMITED)
    owner = membership[limited]
    number = calendar.number(
        day[limited], offers.weekly[held.plan[owner]], kind[limited] == PACK
    )
    nth = ranks(owner.astype(np.int64) * 10_000 + number, random.random(len(owner)))
    within = np.ones(len(membership), dtype=bool)
    within[limited] = nth < offers.classes[held.plan[owner]]
    return within


def _with_demo_member(
    plan: Plan, held: Memberships, dated: Sessions, drawn: Turns
) -> Turns:
    """Give the demo member, who is never drawn, some turns of others.

    Visits, bookings ahead, one place in a line.
    """
    mine = np.flatnonzero((held.member == DEMO_MEMBER.id - 1) & held.pays)[0]
    offset = dated.day[drawn.session] - plan.today
    home = (dated.branch[drawn.session] == held.branch[mine]) & ~dated.cancelled[
        drawn.session
    ]
    # each kind of turn keeps to days of its own
    past = home & (drawn.role == HELD) & (offset < -1) & (offset % 3 == 0)
    soon = home & (drawn.role == HELD) & np.isin(offset, (1, 4, 8))
    line = home & (drawn.role == WAITS) & ~np.isin(offset, (1, 4, 8))
    rows = np.r_[
        _one_a_day(np.flatnonzero(past), offset),
        _one_a_day(np.flatnonzero(soon), offset),
        np.flatnonzero(line)[:1],
    ]
    membership = drawn.membership.copy()
    membership[rows] = mine
    return replace(drawn, membership=membership)


def _one_a_day(rows: np.ndarray, day: np.ndarray) -> np.ndarray:
    return rows[np.unique(day[rows], return_index=True)[1]]

"""Visits: one for each attended booking, and free ones, about twice as frequent."""

from dataclasses import dataclass

import numpy as np

from gymsite.ops.seed.accounts import DEMO_MEMBER
from gymsite.ops.seed.columns import MINUTE, Maybe, Table, Words
from gymsite.ops.seed.draws import weighted
from gymsite.ops.seed.plan import Plan, day_of, midnights, season
from gymsite.ops.seed.tables.bookings import ATTENDED, Bookings
from gymsite.ops.seed.tables.core import Branches
from gymsite.ops.seed.tables.memberships import Memberships
from gymsite.ops.seed.tables.sessions import Sessions

METHODS = ["desk", "kiosk_pin", "kiosk_code", "api"]
WEEKDAY_VISITS = np.array([1.2, 1.15, 1.1, 1.05, 0.9, 0.85, 0.75])
HOUR_VISITS = np.array(
    [
        2,
        1,
        1,
        1,
        2,
        10,
        40,
        60,
        50,
        40,
        35,
        30,
        45,
        35,
        25,
        25,
        40,
        70,
        80,
        65,
        45,
        25,
        10,
        4,
    ]
)


@dataclass(frozen=True, slots=True)
class Visits:
    """Check-ins by place (id - 1), in order of time; ``booking`` is a place or -1."""

    member: np.ndarray
    branch: np.ndarray
    at: np.ndarray
    booking: np.ndarray
    method: np.ndarray

    def __len__(self) -> int:
        return len(self.at)


def visits(
    plan: Plan, here: Branches, held: Memberships, dated: Sessions, booked: Bookings
) -> Visits:
    random = plan.random("visits")
    came = np.flatnonzero(booked.status == ATTENDED)
    member, branch, at = _free(
        plan, random, here, held, plan.sizes.checkins - len(came)
    )
    member = np.r_[held.member[booked.membership[came]], member].astype(np.int32)
    branch = np.r_[dated.branch[booked.session[came]], branch].astype(np.int16)
    at = np.r_[booked.attended[came], at]
    booking = np.r_[came, np.full(len(at) - len(came), -1)].astype(np.int32)
    order = np.argsort(at, kind="stable")
    method = weighted(random, np.array([22, 18, 57, 3]), len(at)).astype(np.int8)
    return Visits(member[order], branch[order], at[order], booking[order], method)


def _free(
    plan: Plan, random, here: Branches, held: Memberships, count: int
) -> tuple[np.ndarray, ...]:
    """Members, branches and times of ``count`` visits, one a member and day at most."""
    days = np.arange(plan.first_day, plan.today)
    busy = WEEKDAY_VISITS[
        np.array([day_of(int(day)).weekday() for day in days])
    ] * season(days)
    last = np.minimum(np.minimum(held.books_until, held.ends), plan.today - 1)
    first = np.maximum(held.starts + 1, plan.first_day)
    share = np.maximum(last - first + 1, 0) * random.lognormal(0, 0.6, len(held))
    share *= np.where(held.member == DEMO_MEMBER.id - 1, 4, 1)
    found = np.zeros(0, dtype=np.int64)
    # members who come often meet their own visits: draw again for what is missing
    while len(found) < count:
        more = (count - len(found)) * 3 // 2 + 100
        membership, day = (
            weighted(random, share, more),
            days[weighted(random, busy, more)],
        )
        able = (day >= first[membership]) & (day <= last[membership])
        found = np.sort(np.r_[found, membership[able] * 100_000 + day[able]])
        found = found[np.r_[True, found[1:] != found[:-1]]]
    found = random.permutation(found)[:count]
    membership, day = (
        (found // 100_000).astype(np.int32),
        (found % 100_000).astype(np.int32),
    )
    branch = held.branch[membership]
    return held.member[membership], branch, _times(plan, random, here, branch, day)


def _times(
    plan: Plan, random, here: Branches, branch: np.ndarray, day: np.ndarray
) -> np.ndarray:
    """An instant of each day's opening hours, more often when people are off work."""
    weekday = (day + 5) % 7
    hours = weighted(random, HOUR_VISITS, len(day)) * 60 + random.integers(
        0, 60, len(day)
    )
    opens, closes = here.opens[branch, weekday], here.closes[branch, weekday]
    minute = np.where(
        (hours < opens) | (hours > closes - 30),
        opens + random.integers(0, 180, len(day)),
        hours,
    )
    midnight = midnights(day, here.zone[branch], here.zones)
    at = midnight + minute * MINUTE + random.integers(0, MINUTE, len(day))
    return np.minimum(at, plan.now - MINUTE)


def checkin_table(rows: Visits) -> Table:
    return Table(
        "bookings_checkin",
        {
            "id": np.arange(1, len(rows) + 1, dtype=np.int32),
            "at": rows.at,
            "branch_id": rows.branch + 1,
            "member_id": rows.member + 1,
            "booking_id": Maybe(rows.booking + 1, rows.booking >= 0),
            "method": Words.of(METHODS, rows.method),
        },
    )

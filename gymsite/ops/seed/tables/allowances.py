"""What classes are counted in: a row for each limited membership and period."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from gymsite.core.periods import next_month
from gymsite.ops.seed.columns import Table, day_number
from gymsite.ops.seed.plan import Plan, day_of
from gymsite.ops.seed.tables.memberships import PACK, UNLIMITED, Memberships, Plans


@dataclass(frozen=True, slots=True)
class Periods:
    """The weeks and months that classes are counted by, numbered from the first."""

    first_day: int
    month_of: np.ndarray
    month_starts: np.ndarray
    month_ends: np.ndarray

    def number(
        self, days: np.ndarray, weekly: np.ndarray, is_pack: np.ndarray
    ) -> np.ndarray:
        """The number of each day's period: week, month, or a pack's only one."""
        # 2000-01-01 was a Saturday, so weeks of these numbers start on Mondays
        week = (days + 5) // 7
        month = self.month_of[days - self.first_day]
        return np.where(is_pack, 0, np.where(weekly, 1_000 + week, month))


def periods(plan: Plan) -> Periods:
    starts: list[date] = [plan.day.replace(day=1)]
    while day_number(starts[0]) > plan.first_day:
        starts.insert(0, day_of(day_number(starts[0]) - 1).replace(day=1))
    while day_number(next_month(starts[-1])) <= plan.last_day:
        starts.append(next_month(starts[-1]))
    first = np.array([day_number(day) for day in starts])
    last = np.array([day_number(next_month(day)) - 1 for day in starts])
    days = np.arange(plan.first_day, plan.last_day + 1)
    return Periods(
        plan.first_day, np.searchsorted(first, days, side="right") - 1, first, last
    )


@dataclass(frozen=True, slots=True)
class Allowances:
    """One row for each limited membership and period; ``of_use`` maps uses to rows."""

    membership: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    used: np.ndarray


def allowances(
    plan: Plan,
    held: Memberships,
    offers: Plans,
    membership: np.ndarray,
    day: np.ndarray,
    counts: np.ndarray,
) -> tuple[Allowances, np.ndarray]:
    """The allowances that classes were counted in, and each class's place, or -1.

    ``membership`` and ``day`` are of every booking and waitlist entry, ``counts`` says
    which of them use a class up. Each pack has one allowance from the start, each other
    membership one for a period in which it was needed.
    """
    calendar = periods(plan)
    kind = offers.kind[held.plan]
    packs = np.flatnonzero(kind == PACK)
    limited = kind[membership] != UNLIMITED
    number = calendar.number(
        day, offers.weekly[held.plan[membership]], kind[membership] == PACK
    )
    keys = np.r_[
        membership[limited].astype(np.int64) * 10_000 + number[limited], packs * 10_000
    ]
    different, place = np.unique(keys, return_inverse=True)
    of_use = np.full(len(membership), -1, dtype=np.int32)
    of_use[limited] = place[: limited.sum()]
    used = np.bincount(
        place[: limited.sum()][counts[limited]], minlength=len(different)
    )
    owner, number = different // 10_000, different % 10_000
    week = number >= 1_000
    month = np.where(week, 0, number)
    starts = np.where(week, (number - 1_000) * 7 - 5, calendar.month_starts[month])
    ends = np.where(week, starts + 6, calendar.month_ends[month])
    pack = kind[owner] == PACK
    return Allowances(
        owner,
        np.where(pack, held.starts[owner], starts),
        np.where(pack, held.ends[owner], ends),
        used,
    ), of_use


def allowance_table(rows: Allowances, held: Memberships, offers: Plans) -> Table:
    return Table(
        "memberships_allowance",
        {
            "id": np.arange(1, len(rows.membership) + 1),
            "branch_id": held.branch[rows.membership] + 1,
            "membership_id": rows.membership + 1,
            "starts_on": rows.starts,
            "ends_on": rows.ends,
            "granted": offers.classes[held.plan[rows.membership]],
            "used": rows.used,
        },
    )

"""Equipment to rent: units at every branch, and who has had or will have them."""

from dataclasses import dataclass

import numpy as np

from gymsite.ops.seed import words
from gymsite.ops.seed.columns import DAY, HOUR, SECOND, Maybe, Table, Words, text_bytes
from gymsite.ops.seed.draws import reference_letters
from gymsite.ops.seed.plan import Plan, midnights
from gymsite.ops.seed.tables.core import Branches, People
from gymsite.ops.seed.tables.money import DESK, FAILED, PENDING, Payments

STATUSES = ["booked", "out", "returned", "cancelled"]
BOOKED, OUT, RETURNED, CANCELLED = range(4)
UNITS = (12, 10, 6, 6, 10, 4, 6, 4)  # of each kind at a branch
CODES = ("MAT", "PAD", "ROL", "BAN", "LKR", "KET", "RAC", "GLV")
TURNS = 40  # rentals of a unit at most
DAYS_AHEAD = 12


@dataclass(frozen=True, slots=True)
class Units:
    """Units by place; ``branch`` and ``kind`` are places."""

    kinds: list[dict]
    branch: np.ndarray
    kind: np.ndarray
    code: np.ndarray


@dataclass(frozen=True, slots=True)
class Rentals:
    """Rentals by place, in the order of their making.

    ``starts`` and ``ends`` are days, ``late`` how many, the other times instants.
    """

    unit: np.ndarray
    member: np.ndarray
    status: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    created: np.ndarray
    returned: np.ndarray
    late: np.ndarray
    fee: np.ndarray
    deposit: np.ndarray

    @property
    def due(self) -> np.ndarray:
        """What is to be paid at the desk."""
        return self.fee + self.deposit


def units(here: Branches) -> Units:
    kinds = words.rows("rental_kinds", "catalog.rentalkind")
    kind = np.tile(np.repeat(np.arange(len(kinds)), UNITS), len(here))
    branch = np.repeat(np.arange(len(here)), sum(UNITS))
    number = np.tile(
        np.concatenate([np.arange(1, count + 1) for count in UNITS]), len(here)
    )
    code = np.strings.add(
        text_bytes([f"{code}-" for code in CODES])[kind],
        np.strings.zfill(number.astype("S2"), 2),
    )
    return Units(kinds, branch, kind, code)


def rentals(plan: Plan, here: Branches, crowd: People, things: Units) -> Rentals:
    """Turn after turn of each unit, some days apart, up to those that are booked ahead.

    What costs a fee is new and is paid at the desk when it is handed out, so of that
    nothing is out or over yet.
    """
    random = plan.random("rentals")
    longest = np.array([kind["longest_days"] for kind in things.kinds])[things.kind]
    fee = np.array([kind["day_fee_minor"] for kind in things.kinds])[things.kind]
    lasts = 1 + (
        random.random((len(things.kind), TURNS)) ** 2 * np.minimum(longest, 14)[:, None]
    ).astype(np.int64)
    gap = 2 + random.geometric(0.13, lasts.shape)
    begin = plan.today - 180 + np.cumsum(lasts + gap, axis=1) - lasts
    begin = np.where(
        (fee > 0)[:, None],
        begin - begin[:, :1] + plan.today + 1 + random.integers(0, 6, (len(fee), 1)),
        begin,
    )
    unit, turn = np.nonzero(begin < plan.today + DAYS_AHEAD)
    starts, ends = begin[unit, turn], begin[unit, turn] + lasts[unit, turn] - 1
    member = _renters(random, crowd, things.branch[unit], starts)
    known = member >= 0
    unit, starts, ends, member = unit[known], starts[known], ends[known], member[known]
    late = np.where(
        random.random(len(unit)) < 0.06, random.integers(1, 3, len(unit)), 0
    )
    status = np.where(
        starts >= plan.today, BOOKED, np.where(ends + late >= plan.today, OUT, RETURNED)
    )
    status[(random.random(len(unit)) < 0.05) & (status != OUT)] = CANCELLED
    midnight = midnights(ends + late, here.zone[things.branch[unit]], here.zones)
    returned = np.minimum(
        midnight + random.integers(10 * HOUR, 18 * HOUR, len(unit)) // SECOND * SECOND,
        plan.now - HOUR,
    )
    created = np.minimum(
        starts * DAY - random.integers(2 * HOUR, 3 * DAY, len(unit)), plan.now - HOUR
    )
    created = np.maximum(created // SECOND * SECOND, crowd.joined_at[member] + HOUR)
    order = np.argsort(created, kind="stable")
    deposit = np.array([kind["deposit_minor"] for kind in things.kinds])[
        things.kind[unit]
    ]
    columns = (
        unit,
        member,
        status,
        starts,
        ends,
        created,
        returned,
        late,
        fee[unit] * (ends - starts + 1),
        deposit,
    )
    return Rentals(*(column[order] for column in columns))


def _renters(
    random, crowd: People, branch: np.ndarray, starts: np.ndarray
) -> np.ndarray:
    """Somebody of each branch who had joined by then (-1: nobody had)."""
    found = np.full(len(branch), -1)
    for place in np.unique(branch):
        able = np.flatnonzero((crowd.branch == place) & crowd.is_active)
        able = able[np.argsort(crowd.joined_day[able], kind="stable")]
        rows = np.flatnonzero(branch == place)
        joined = np.searchsorted(crowd.joined_day[able], starts[rows] - 5)
        chosen = able[(random.random(len(rows)) * joined).astype(np.int64)]
        found[rows] = np.where(joined > 0, chosen, -1)
    return found


def payments(plan: Plan, things: Units, lent: Rentals) -> Payments:
    due = np.flatnonzero(lent.due)
    count = len(due)
    return Payments(
        branch=things.branch[lent.unit[due]],
        member=lent.member[due],
        status=np.where(lent.status[due] == CANCELLED, FAILED, PENDING),
        purpose=np.full(count, b"rental"),
        thing=reference_letters(np.arange(len(lent.unit)), f"{plan.seed} rentals")[due],
        amount=lent.due[due],
        currency=np.full(count, b"GBP"),
        gateway=np.full(count, DESK),
        reference=np.zeros(count, dtype="S1"),
        created=lent.created[due],
        paid=lent.created[due],
    )


def unit_table(things: Units) -> Table:
    return Table(
        "catalog_rentalunit",
        {
            "id": np.arange(1, len(things.kind) + 1),
            "branch_id": things.branch + 1,
            "kind_id": things.kind + 1,
            "code": things.code,
            "is_active": True,
        },
    )


def rental_table(
    plan: Plan, things: Units, lent: Rentals, payment: np.ndarray
) -> Table:
    """``payment`` are the places of the payments of those that cost a fee."""
    count = len(lent.unit)
    kind = things.kind[lent.unit]
    paid_by = np.zeros(count, dtype=np.int64)
    paid_by[lent.due > 0] = payment + 1
    late_fee = np.array([row["late_fee_minor"] for row in things.kinds])[kind]
    return Table(
        "catalog_rental",
        {
            "id": np.arange(1, count + 1),
            "reference": reference_letters(np.arange(count), f"{plan.seed} rentals"),
            "branch_id": things.branch[lent.unit] + 1,
            "unit_id": lent.unit + 1,
            "member_id": lent.member + 1,
            "status": Words.of(STATUSES, lent.status),
            "starts_on": lent.starts,
            "ends_on": lent.ends,
            "fee_minor": lent.fee,
            "late_fee_minor": late_fee,
            "deposit_minor": lent.deposit,
            "late_days": np.where(lent.status == RETURNED, lent.late, 0),
            "late_minor": np.where(lent.status == RETURNED, lent.late, 0) * late_fee,
            "currency": "GBP",
            "payment_id": Maybe(paid_by, lent.due > 0),
            "created_at": lent.created,
            "announced_at": None,
            "returned_at": Maybe(lent.returned, lent.status == RETURNED),
        },
    )

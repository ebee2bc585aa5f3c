"""What to buy: packs that cover most of what is short in a budget, at least cost.

Of each product a *frontier* says what so many units cost at least (dynamic programming
over its offers). Frontiers are then combined under the budget: a price per unit of
money bounds what any choice can reach (Lagrangian relaxation), so only choices that may
still be best are kept, and the result is proven by the same bound. It is exact unless
so many choices tie that a step would compare more than MOST_SUMS; then a sample of the
ties goes on, evenly spread.

HiGHS finds the same plans, at 5 MB more in each worker, in 40 to 140 times the time for
300 products; for 1,000 it proved one of three within 30 s, where this takes 0.1 to 0.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEVER = 2**60  # a cost that nothing reaches
MOST_UNITS = 20_000  # of one product in one plan
# compared in one step; only hundreds of products at one unit cost come near it
MOST_SUMS = 200_000
STEPS = 8  # four reach the bound itself; more, only where a sample of the ties goes on
ROUNDING = 1e-6  # of a unit, far above what floats lose here and far below one unit
WEEKS = 8  # how many back a forecast looks; the last one weighs 8, the first 1


@dataclass(frozen=True, slots=True)
class Packs:
    """A supplier's offer as the plan sees it; costs are minor units."""

    offer_id: int
    size: int
    cost_minor: int
    fewest: int
    most: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """So many packs of an offer."""

    offer_id: int
    packs: int
    units: int
    cost_minor: int


def expected_sales(*, weighted: int, weeks_known: int, days: int) -> int:
    """Units that will sell in ``days``, rounded up.

    ``weighted`` sums what sold in each of the last WEEKS weeks times its weight; of a
    product that is younger, only the weeks that it was there count.
    """
    known = min(max(weeks_known, 1), WEEKS)
    weights = sum(range(WEEKS - known + 1, WEEKS + 1))
    return max(0, -(-weighted * days // (7 * weights)))


def cheapest(
    wanted: Sequence[tuple[int, Sequence[Packs]]], budget_minor: int
) -> list[list[Purchase]]:
    """For each (units short, offers of one product) what to buy.

    Most units covered in all, then least cost. An offer is bought in whole packs,
    between its fewest and its most or not at all; several may be combined. What whole
    packs bring beyond the shortage counts for nothing.
    """
    tables = [_table(min(short, MOST_UNITS), offers) for short, offers in wanted]
    frontiers = [_frontier(table[-1]) for table in tables]
    points = _combine(frontiers, budget_minor)
    return [
        _purchases(table, offers, int(units[point]))
        for table, (_, offers), (units, _), point in zip(
            tables, wanted, frontiers, points, strict=True
        )
    ]


# One product


def _table(short: int, offers: Sequence[Packs]) -> list[Ints]:
    """Row i: the least cost of u = 0 … short units or more, of the first i offers.

    NEVER if impossible.
    """
    nothing = np.full(short + 1, NEVER, dtype=np.int64)
    nothing[0] = 0
    rows = [nothing]
    for offer in offers:
        rows.append(np.minimum(rows[-1], _with(rows[-1], offer)))
    return rows


def _with(costs: Ints, offer: Packs) -> Ints:
    """The costs with fewest to most packs of an offer besides.

    Sums of 1, 2, 4 … and a rest are all numbers of packs from none to ``spare``, so few
    steps try every one.
    """
    needed = -(-(len(costs) - 1) // offer.size)
    spare = min(offer.most, max(offer.fewest, needed)) - offer.fewest
    best, step = _besides(costs, offer, offer.fewest), 1
    while spare > 0:
        step = min(step, spare)
        best = np.minimum(best, _besides(best, offer, step))
        spare, step = spare - step, 2 * step
    return best


def _besides(costs: Ints, offer: Packs, packs: int) -> Ints:
    """The costs with so many packs besides: that many units fewer to cover."""
    units = min(packs * offer.size, len(costs) - 1)
    moved = np.empty_like(costs)
    moved[:units] = costs[0]
    moved[units:] = costs[: len(costs) - units]
    return moved + packs * offer.cost_minor


def _frontier(costs: Ints) -> tuple[Ints, Ints]:
    """(units, cost) of the points worth choosing, rising in both."""
    possible = costs[costs < NEVER]
    units = np.flatnonzero(np.append(possible[:-1] < possible[1:], True))
    return units, possible[units]


def _purchases(
    table: list[Ints], offers: Sequence[Packs], units: int
) -> list[Purchase]:
    """Walk back through the table: which offers made the least cost of ``units``."""
    found = []
    for row, (before, offer) in reversed(
        list(enumerate(zip(table[:-1], offers, strict=True), start=1))
    ):
        packs = _packs_of(int(table[row][units]), before, offer, units)
        if packs:
            found.append(
                Purchase(
                    offer.offer_id, packs, packs * offer.size, packs * offer.cost_minor
                )
            )
            units = max(0, units - packs * offer.size)
    return found[::-1]


def _packs_of(cost: int, before: Ints, offer: Packs, units: int) -> int:
    if before[units] == cost:
        return 0
    packs = np.arange(
        offer.fewest, min(offer.most, max(offer.fewest, -(-units // offer.size))) + 1
    )
    left = np.maximum(units - packs * offer.size, 0)
    return int(
        packs[np.flatnonzero(before[left] + packs * offer.cost_minor == cost)[0]]
    )


# All products


def _combine(frontiers: list[tuple[Ints, Ints]], budget: int) -> list[int]:
    """Which point of each frontier to choose."""
    if sum(int(costs[-1]) for _, costs in frontiers) <= budget:
        return [len(units) - 1 for units, _ in frontiers]
    return _Combination(frontiers, budget).best()


class _Combination:
    """Frontiers laid end to end.

    With a price in units for each unit of money, a point's worth is its units less what
    its cost is worth; no choice reaches more than ``bound``, and one loses what its
    points are worth less than the best of their frontiers. So for a choice that reaches
    at least x, only points that lose at most bound - x matter.
    """

    def __init__(self, frontiers: list[tuple[Ints, Ints]], budget: int) -> None:
        self.units = np.concatenate([units for units, _ in frontiers])
        self.costs = np.concatenate([costs for _, costs in frontiers])
        self.sizes = np.array([len(units) for units, _ in frontiers])
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        self.budget = budget
        self.price = self._price()
        best = self._worth(self.price)
        self.loss = np.repeat(best, self.sizes) - (self.units - self.price * self.costs)
        self.bound = self.price * budget + float(best.sum())

    def best(self) -> list[int]:
        """The best choice: points that lose more are let in until it is proven."""
        slack = 0.0
        for _ in range(STEPS):
            reached, points = self._search(slack)
            gap = self.bound - reached
            if gap <= slack + ROUNDING:
                break
            slack = min(gap, max(4 * slack, gap / 8))
        return points

    def _worth(self, price: float) -> Floats:
        """What the best point of each frontier is worth."""
        return np.maximum.reduceat(self.units - price * self.costs, self.starts)

    def _spent(self, price: float) -> int:
        """What the best points cost, the cheaper of equals."""
        worth = self.units - price * self.costs
        is_best = worth >= np.repeat(
            np.maximum.reduceat(worth, self.starts), self.sizes
        )
        return int(
            np.minimum.reduceat(np.where(is_best, self.costs, NEVER), self.starts).sum()
        )

    def _price(self) -> float:
        """The price at which the best points just fit; it bounds tightest."""
        low, high = 0.0, float(np.max(self.units / np.maximum(self.costs, 1))) + 1
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (
                (low, middle) if self._spent(middle) <= self.budget else (middle, high)
            )
        return high

    def _search(self, slack: float) -> tuple[int, list[int]]:
        """The most units for the budget among choices that lose at most ``slack``."""
        near = self.loss <= slack + ROUNDING
        candidates = [
            start + np.flatnonzero(near[start : start + size])
            for start, size in zip(self.starts, self.sizes, strict=True)
        ]
        chosen = np.array([points[0] for points in candidates])
        open_ = [number for number, points in enumerate(candidates) if len(points) > 1]
        fixed = np.ones(len(candidates), dtype=bool)
        fixed[open_] = False
        start = (
            int(self.units[chosen[fixed]].sum()),
            int(self.costs[chosen[fixed]].sum()),
        )
        lost = float(self.loss[chosen[fixed]].sum())
        reached, picks = self._walk(
            [candidates[number] for number in open_], start, lost, slack
        )
        chosen[open_] = picks
        return reached, [int(point) for point in chosen - self.starts]

    def _walk(
        self, frontiers: list[Ints], start: tuple[int, int], lost: float, slack: float
    ) -> tuple[int, list[int]]:
        """Add frontier after frontier, keep what nothing beats, walk back."""
        units = np.array([start[0]])
        costs = np.array([start[1]])
        losses = np.array([lost])
        trail: list[tuple[Ints, Ints]] = []
        for points in frontiers:
            first = _spread(len(units), MOST_SUMS // len(points))
            units, costs, losses = units[first], costs[first], losses[first]
            sums = np.add.outer(units, self.units[points]).ravel()
            spent = np.add.outer(costs, self.costs[points]).ravel()
            gone = np.add.outer(losses, self.loss[points]).ravel()
            kept = np.flatnonzero((spent <= self.budget) & (gone <= slack + ROUNDING))
            kept = kept[_unbeaten(sums[kept], spent[kept])]
            units, costs, losses = sums[kept], spent[kept], gone[kept]
            trail.append((first[kept // len(points)], points[kept % len(points)]))
        state, picks = len(units) - 1, []
        for before, points in reversed(trail):
            picks.append(int(points[state]))
            state = int(before[state])
        return int(units[-1]), picks[::-1]


def _unbeaten(units: Ints, costs: Ints) -> Ints:
    """The sums that no other beats by units and cost, by rising cost."""
    order = np.lexsort((-units, costs))
    rising = units[order]
    before = np.maximum.accumulate(rising)
    return order[np.append(True, rising[1:] > before[:-1])]


def _spread(number: int, most: int) -> Ints:
    """All positions below ``number``, or ``most`` of them, evenly spread."""
    return (
        np.arange(number)
        if number <= most
        else np.linspace(0, number - 1, most).astype(np.int64)
    )

"""What came into the store: deliveries in time for each sale, and stock takes."""

from dataclasses import dataclass

import numpy as np

from gymsite.ops.seed.columns import DAY, HOUR, MINUTE, SECOND
from gymsite.ops.seed.plan import Plan, midnights
from gymsite.ops.seed.tables.core import Branches
from gymsite.ops.seed.tables.sales import Sales
from gymsite.ops.seed.tables.shop import Shop

TAKES_SHARE = 0.05  # of the entries that are no sales
TAKE_REASONS = [
    "Counted: one is missing",
    "Damaged in the store",
    "Past its date",
    "Counted: one more than we thought",
]
TAKES = np.array([-1, -1, -3, 1])
SOLD_OUT, LOW = 3, 8  # products
STEPS = (7, 3, 1)  # days from one delivery of a supplier to the next
LATELY = 60  # days that say how fast a thing sells


@dataclass(frozen=True, slots=True)
class Offers:
    """The fixture's offers by place; ``main[product]`` is the one bought by, or -1."""

    supplier: np.ndarray
    product: np.ndarray
    pack: np.ndarray
    cost: np.ndarray
    fewest: np.ndarray
    lead: np.ndarray
    main: np.ndarray


def offers(goods: Shop) -> Offers:
    number = lambda name: np.array([row[name] for row in goods.offers])  # noqa: E731
    product = number("product") - 1
    main = np.full(len(goods.rows), -1)
    known, first = np.unique(product, return_index=True)
    main[known] = first
    return Offers(
        supplier=number("supplier") - 1,
        product=product,
        pack=number("pack_size"),
        cost=number("pack_cost_minor"),
        fewest=number("fewest_packs"),
        lead=number("lead_days"),
        main=main,
    )


@dataclass(frozen=True, slots=True)
class Takes:
    """Stock takes by place; ``reason`` is a place in TAKES, which has the amounts."""

    product: np.ndarray
    at: np.ndarray
    reason: np.ndarray


@dataclass(frozen=True, slots=True)
class Flow:
    """What left the store: sales and what stock takes found missing."""

    product: np.ndarray
    at: np.ndarray
    quantity: np.ndarray


@dataclass(frozen=True, slots=True)
class Incoming:
    """Packs of an offer that came on a day; ``short`` are products that lack."""

    offer: np.ndarray
    day: np.ndarray
    packs: np.ndarray
    takes: Takes
    reorder_at: np.ndarray
    short: np.ndarray


def incoming(
    plan: Plan, here: Branches, goods: Shop, sources: Offers, sold: Sales
) -> Incoming:
    """As many arrivals and stock takes as there are items that no stock is kept of."""
    random = plan.random("incoming")
    takes = _takes(plan, random, goods)
    counted = goods.tracked[sold.product]
    flow = Flow(
        np.r_[sold.product[counted], takes.product],
        np.r_[sold.placed[sold.cart[counted]], takes.at],
        np.r_[sold.quantity[counted], -TAKES[takes.reason]],
    )
    reorder_at = _reorder_points(plan, goods, sources, flow)
    short = _short(random, goods, sources, flow)
    left = _left(random, reorder_at, short)
    return Incoming(
        *_arrivals(plan, here, goods, sources, flow, left), takes, reorder_at, short
    )


def _takes(plan: Plan, random, goods: Shop) -> Takes:
    able = np.flatnonzero(
        goods.tracked & ~goods.withdrawn & (goods.launched < plan.today - 60)
    )
    product = random.choice(able, round(plan.sizes.untracked * TAKES_SHARE))
    first = goods.launched[product] + 40
    day = first + (random.random(len(product)) * (plan.today - 2 - first)).astype(
        np.int64
    )
    at = (
        day * DAY
        + random.integers(9 * HOUR, 17 * HOUR, len(product)) // SECOND * SECOND
    )
    return Takes(product, at, random.integers(0, len(TAKES), len(product)))


def _reorder_points(plan: Plan, goods: Shop, sources: Offers, flow: Flow) -> np.ndarray:
    """What sells while a delivery is on its way, and a little more."""
    lately = flow.at >= plan.now - LATELY * DAY
    daily = (
        np.bincount(
            flow.product[lately],
            weights=flow.quantity[lately],
            minlength=len(goods.rows),
        )
        / LATELY
    )
    return np.maximum(3, np.ceil(daily * (sources.lead[sources.main] + 4))).astype(
        np.int64
    )


def _short(random, goods: Shop, sources: Offers, flow: Flow) -> np.ndarray:
    """Products sold out now, then others that are low: they come in single pieces."""
    sells = np.bincount(flow.product, minlength=len(goods.rows)) > 0
    able = np.flatnonzero(
        goods.tracked & ~goods.withdrawn & sells & (sources.pack[sources.main] == 1)
    )
    return random.permutation(able)[: SOLD_OUT + LOW]


def _left(random, reorder_at: np.ndarray, short: np.ndarray) -> np.ndarray:
    """What is to be left of each product now."""
    left = (
        reorder_at
        + 1
        + (reorder_at * random.uniform(0.3, 2.0, len(reorder_at))).astype(np.int64)
    )
    left[short] = np.maximum(
        1, (reorder_at[short] * random.uniform(0.2, 0.9, len(short))).astype(np.int64)
    )
    left[short[:SOLD_OUT]] = 0
    return left


def _arrivals(
    plan: Plan,
    here: Branches,
    goods: Shop,
    sources: Offers,
    flow: Flow,
    left: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offer, day and packs of everything that came.

    This walks the products, not what was sold of them.
    """
    order = np.lexsort((flow.at, flow.product))
    edges = np.searchsorted(flow.product[order], np.arange(len(goods.rows) + 1))
    calendar = _calendar(plan, goods, sources)
    sales = np.diff(edges)
    room = np.array([len(days) for days in calendar])
    count = _shared(
        plan.sizes.untracked - round(plan.sizes.untracked * TAKES_SHARE),
        sales**0.7 + 0.1,
        room,
    )
    found = []
    tracked = np.flatnonzero(goods.tracked)
    days = np.concatenate([calendar[product] for product in tracked])
    comes = arrives(
        here, np.repeat(sources.supplier[sources.main[tracked]], room[tracked]), days
    )
    for product, at in zip(
        tracked.tolist(), np.split(comes, np.cumsum(room[tracked])[:-1]), strict=True
    ):
        rows, offer = order[edges[product] : edges[product + 1]], sources.main[product]
        gone = (
            np.r_[0, np.maximum.accumulate(np.cumsum(flow.quantity[rows]))]
            if len(rows)
            else np.zeros(1, dtype=int)
        )
        before = gone[np.searchsorted(flow.at[rows], at)]
        chosen = _spread(before, gone[-1], count[product])
        packs = _packs(
            before,
            gone[-1],
            chosen,
            sources.pack[offer],
            sources.fewest[offer],
            left[product],
        )
        found.append((np.full(len(chosen), offer), calendar[product][chosen], packs))
    offer, day, packs = (np.concatenate(column) for column in zip(*found, strict=True))
    return offer, day, packs


def _calendar(plan: Plan, goods: Shop, sources: Offers) -> list[np.ndarray]:
    """The days on which each product's supplier may deliver.

    From the week before it came on sale.
    """
    wanted = plan.sizes.untracked
    for step in STEPS:
        calendar = [np.zeros(0, dtype=np.int64)] * len(goods.rows)
        for product in np.flatnonzero(goods.tracked).tolist():
            days = np.arange(goods.launched[product] - 7, plan.today)
            calendar[product] = days[
                (days + 3 * sources.supplier[sources.main[product]]) % step == 0
            ]
        if sum(map(len, calendar)) >= 2 * wanted:
            return calendar
    raise ValueError(f"There are not enough days for {wanted} deliveries.")


def _shared(count: int, weight: np.ndarray, room: np.ndarray) -> np.ndarray:
    """``count`` shared out by weight: at least one, and no more than there is room."""
    shares = np.minimum(room, 1)
    while (left := count - shares.sum()) > 0:
        free = np.where(shares < room, weight, 0.0)
        more = np.floor(left * free / free.sum()).astype(np.int64)
        if not more.any():
            more[np.argsort(-free, kind="stable")[:left]] = 1
        shares = np.minimum(shares + more, room)
    return shares


def arrives(here: Branches, supplier: np.ndarray, day: np.ndarray) -> np.ndarray:
    """The instant at which a supplier's van stops at its branch."""
    at = midnights(day, here.zone[branch_of(here, supplier)], here.zones)
    return at + 9 * HOUR + supplier * 13 % 360 * MINUTE


def branch_of(here: Branches, supplier: np.ndarray) -> np.ndarray:
    """The place of the branch that a supplier delivers to."""
    return supplier % len(here)


def _spread(before: np.ndarray, total: int, count: int) -> np.ndarray:
    """``count`` of the days, such that about as much goes between any two."""
    chosen = np.unique(
        np.r_[
            0,
            np.searchsorted(before, total * np.arange(1, count) / count, side="right")
            - 1,
        ]
    )
    rest = np.setdiff1d(np.arange(len(before)), chosen)
    return np.sort(
        np.r_[
            chosen, rest[np.linspace(0, len(rest) - 1, count - len(chosen)).astype(int)]
        ]
    )


def _packs(
    before: np.ndarray,
    total: int,
    chosen: np.ndarray,
    pack: int,
    fewest: int,
    left: int,
) -> np.ndarray:
    """Packs of each delivery: enough until the next, and ``left`` units in the end."""
    through = np.r_[before[chosen[1:]], total]
    spare = 2 + np.diff(through, prepend=0) // 5
    after = np.arange(len(chosen))[::-1]
    most = total + left - after * fewest * pack
    wanted = -(-np.maximum(through, np.minimum(through + spare, most)) // pack)
    wanted[-1] = -(-(total + left) // pack)
    least = fewest * np.arange(1, len(chosen) + 1)
    in_all = least + np.maximum.accumulate(np.maximum(wanted - least, 0))
    return np.diff(in_all, prepend=0)

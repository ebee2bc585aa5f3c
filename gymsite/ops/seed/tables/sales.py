"""Who bought what when: carts, items, orders, and what is bought together."""

from dataclasses import dataclass

import numpy as np

from gymsite.ops.seed.accounts import DEMO_MEMBER, DEMO_TRAINER
from gymsite.ops.seed.columns import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Maybe,
    Table,
    Words,
    text_bytes,
)
from gymsite.ops.seed.draws import reference_letters, weighted
from gymsite.ops.seed.plan import Plan, midnights
from gymsite.ops.seed.tables.core import Branches, People, days_of_shopping
from gymsite.ops.seed.tables.money import CARD, PAID, Payments
from gymsite.ops.seed.tables.shop import STAPLES, Shop, block_count, blocks, opened

HOUR_ORDERS = np.array(
    [
        6,
        3,
        2,
        1,
        1,
        4,
        14,
        26,
        30,
        32,
        34,
        38,
        48,
        44,
        36,
        34,
        38,
        48,
        56,
        60,
        66,
        64,
        44,
        20,
    ]
)
QUANTITIES = np.array([1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 6])
DEMO_AGES = (400, 120, 26, 1)  # days ago that the demo member ordered
STATUSES = ["paid", "ready", "collected"]
WAITING, READY, COLLECTED = range(3)
MOST_ITEMS = 5
# Shelves whose things go together in a cart.
TOGETHER = (
    {"protein", "shakers", "bars-and-snacks", "drink-mixes", "bottles"},
    {"mats-and-yoga", "towels", "bags"},
    {"tops", "leggings-and-shorts", "hoodies-and-layers", "bags"},
    {"kettlebells", "dumbbells-and-weights", "bands", "rollers-and-recovery", "ropes"},
    {"boxing-and-gloves", "ropes", "locks", "towels"},
    {"rackets-and-balls", "bottles"},
)


@dataclass(slots=True)
class Sales:
    """Paid carts by place, in the order of time, and their items by place.

    Cart and order have the same.

    ``cart``, ``product``, ``quantity`` and ``price`` are of the items; ``placed``,
    ``ready`` and ``collected`` are instants, the latter two only where ``status`` says
    so.
    """

    member: np.ndarray
    branch: np.ndarray
    placed: np.ndarray
    ready: np.ndarray
    collected: np.ndarray
    status: np.ndarray
    total: np.ndarray
    cart: np.ndarray
    product: np.ndarray
    quantity: np.ndarray
    price: np.ndarray

    def __len__(self) -> int:
        return len(self.member)


def sales(plan: Plan, here: Branches, crowd: People, goods: Shop) -> Sales:
    """One paid cart an account; those of the first demo accounts are the member's."""
    random = plan.random("sales")
    member, placed = _times(plan, random, here, crowd)
    branch = crowd.branch[member]
    cart, product = _items(plan, random, goods, placed, member == DEMO_MEMBER.id - 1)
    small = np.array(
        [row["slug"] in ("bars-and-snacks", "drink-mixes") for row in goods.shelves]
    )[goods.shelf[product]]
    drawn = QUANTITIES[random.integers(0, len(QUANTITIES), len(cart))]
    quantity = np.where(small | (random.random(len(cart)) < 0.08), drawn, 1)
    price = goods.prices.of(product, placed[cart])
    total = np.bincount(cart, weights=quantity * price, minlength=len(member)).astype(
        np.int64
    )
    ready, collected, status = _handed_out(plan, random, here, branch, placed)
    return Sales(
        member,
        branch,
        placed,
        ready,
        collected,
        status,
        total,
        cart,
        product,
        quantity,
        price,
    )


def _times(
    plan: Plan, random, here: Branches, crowd: People
) -> tuple[np.ndarray, np.ndarray]:
    """Who bought and when, in order: shoppers on the day they joined, mostly.

    Others at any time since.
    """
    count = plan.sizes.carts
    member = np.arange(count)
    member[: DEMO_TRAINER.id - 1] = DEMO_MEMBER.id - 1
    joined = crowd.joined_day[member]
    day = days_of_shopping(plan, random, np.maximum(joined, opened(plan)), 1)
    at_once = (member >= crowd.first_shopper) & (random.random(count) < 0.7)
    day = np.where(at_once, joined, day)
    demo = np.flatnonzero(member == DEMO_MEMBER.id - 1)
    day[demo] = plan.today - np.array(DEMO_AGES)
    hour = weighted(random, HOUR_ORDERS, count)
    at = midnights(day, here.zone[crowd.branch[member]], here.zones) + hour * HOUR
    at += random.integers(0, HOUR // SECOND, count) * SECOND
    at = np.where(
        at >= plan.now, plan.now - random.integers(10 * MINUTE, 5 * HOUR, count), at
    )
    at = np.maximum(
        at, crowd.joined_at[member] + random.integers(5 * MINUTE, HOUR, count)
    )
    order = np.argsort(at, kind="stable")
    return member[order], at[order]


def _items(
    plan: Plan, random, goods: Shop, placed: np.ndarray, demo: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cart and product of each item.

    Of the carts' first ones exactly ``untracked`` are passes and gift cards.
    """
    carts = np.arange(len(placed))
    untracked = np.zeros(len(placed), dtype=bool)
    untracked[
        random.choice(np.flatnonzero(~demo), plan.sizes.untracked, replace=False)
    ] = True
    block = blocks(plan, placed)
    first = np.empty(len(placed), dtype=np.int64)
    for number in range(block_count()):
        for without_stock in (False, True):
            here = np.flatnonzero((block == number) & (untracked == without_stock))
            first[here] = weighted(
                random, goods.pull[number] * (goods.tracked != without_stock), len(here)
            )
    first[demo] = [goods.place(slug) for slug in STAPLES[: demo.sum()]]
    more = _carts_with_more(
        random,
        np.flatnonzero(~demo),
        np.flatnonzero(demo)[:1],
        plan.sizes.cart_items - len(placed),
    )
    added = _more(random, goods, first, more, block)
    cart, product = np.r_[carts, more], np.r_[first, added]
    order = np.argsort(cart, kind="stable")
    return cart[order], product[order]


def _carts_with_more(
    random, able: np.ndarray, certain: np.ndarray, count: int
) -> np.ndarray:
    """The carts of ``count`` further items: most have one, a few up to four."""
    shares = [round(count * share) for share in (0.2, 0.07, 0.03)]
    once = count - sum(shares) - len(certain)
    chosen = random.choice(able, once, replace=False)
    return np.concatenate([certain, chosen, *(chosen[:share] for share in shares)])


def _more(
    random, goods: Shop, first: np.ndarray, more: np.ndarray, block: np.ndarray
) -> np.ndarray:
    """A product for each further item, which goes with the first and is on sale then.

    And is not in the cart yet.
    """
    count = len(goods.rows)
    until = np.cumsum(_affinity(goods), axis=1)
    # row n from n to n + 1
    until = (until / until[:, -1:] + np.arange(count)[:, None]).ravel()
    found = np.full(len(more), -1)
    while len(open_ := np.flatnonzero(found < 0)):
        anchor = first[more[open_]]
        drawn = (
            np.searchsorted(until, anchor + random.random(len(open_)), side="right")
            - anchor * count
        )
        drawn = np.minimum(drawn, count - 1)  # where a sum was rounded up
        key = more[open_] * count + drawn
        new = np.zeros(len(key), dtype=bool)
        new[np.unique(key, return_index=True)[1]] = True
        held = (more * count + found)[found >= 0]
        on_sale = goods.tracked[drawn] & (goods.pull[block[more[open_]], drawn] > 0)
        fits = new & ~np.isin(key, held) & (drawn != anchor) & on_sale
        found[open_[fits]] = drawn[fits]
    return found


def _affinity(goods: Shop) -> np.ndarray:
    """How often each product is bought with each other one that has stock to keep."""
    groups = np.array(
        [[name in group for name in goods.shelf_names] for group in TOGETHER]
    )
    together = (groups.T.astype(int) @ groups.astype(int) > 0)[
        np.ix_(goods.shelf, goods.shelf)
    ]
    base = goods.pull.max(axis=0) * goods.tracked
    return base * np.where(together, 6.0, 1.0) * ~np.eye(len(base), dtype=bool)


def _handed_out(
    plan: Plan, random, here: Branches, branch, placed
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """When each order was packed and collected, and how far it is by now."""
    count, zone = len(placed), here.zone[branch]
    utc_day = placed // DAY
    ahead = utc_day * DAY - midnights(utc_day, zone, here.zones)  # of UTC
    placed_on = (placed + ahead) // DAY
    # where a clock change has made that day shorter
    placed_on += placed >= midnights(placed_on + 1, zone, here.zones)
    day = placed_on + 1 + (random.random(count) < 0.15)
    fetched = (
        day
        + random.geometric(0.55, count)
        - 1
        + np.where(random.random(count) < 0.02, 9, 0)
    )
    ready = _open_at(random, here, branch, zone, day, 0.0, 0.45)
    collected = _open_at(random, here, branch, zone, fetched, 0.5, 0.97)
    status = np.where(
        collected < plan.now, COLLECTED, np.where(ready < plan.now, READY, WAITING)
    )
    return ready, collected, status


def _open_at(
    random, here: Branches, branch, zone, day, low: float, high: float
) -> np.ndarray:
    """An instant of each day, within a share of the hours that its branch is open.

    From the share ``low`` to the share ``high``.
    """
    weekday = (day + 5) % 7
    opens, closes = here.opens[branch, weekday], here.closes[branch, weekday]
    minute = opens + (closes - opens) * random.uniform(low, high, len(day))
    begins, ends = (
        midnights(day, zone, here.zones),
        midnights(day + 1, zone, here.zones),
    )
    # all clocks change in the first three hours; some branches never close
    changed = np.where(minute < 180, 0, ends - begins - DAY)
    return begins + changed + (minute * MINUTE).astype(np.int64) // SECOND * SECOND


def payments(plan: Plan, sold: Sales) -> Payments:
    """One by card for each order, paid as it was placed."""
    count = len(sold)
    letters = reference_letters(np.arange(count), f"{plan.seed} card")
    return Payments(
        branch=sold.branch,
        member=sold.member,
        status=np.full(count, PAID),
        purpose=np.full(count, b"order"),
        thing=(np.arange(count) + 1).astype("S12"),
        amount=sold.total,
        currency=np.full(count, b"GBP"),
        gateway=np.full(count, CARD),
        reference=np.strings.add(b"card_", letters),
        created=sold.placed - 2 * SECOND,
        paid=sold.placed,
    )


def cart_table(plan: Plan, sold: Sales, payment: np.ndarray) -> Table:
    began = plan.random("carts").integers(2 * MINUTE, 2 * HOUR, len(sold))
    return Table(
        "catalog_cart",
        {
            "id": np.arange(1, len(sold) + 1),
            "branch_id": sold.branch + 1,
            "member_id": sold.member + 1,
            "status": "ordered",
            "payment_id": payment + 1,
            "created_at": sold.placed - began,
        },
    )


def item_table(sold: Sales, goods: Shop) -> Table:
    return Table(
        "catalog_cartitem",
        {
            "id": np.arange(1, len(sold.cart) + 1),
            "cart_id": sold.cart + 1,
            "product_id": sold.product + 1,
            "name": Words(
                text_bytes([row["name"] for row in goods.rows]), sold.product
            ),
            "quantity": sold.quantity,
            "price_minor": sold.price,
            "currency": "GBP",
        },
    )


def order_table(plan: Plan, sold: Sales, payment: np.ndarray) -> Table:
    count = len(sold)
    return Table(
        "catalog_order",
        {
            "id": np.arange(1, count + 1),
            "reference": reference_letters(np.arange(count), f"{plan.seed} orders"),
            "branch_id": sold.branch + 1,
            "member_id": sold.member + 1,
            "cart_id": np.arange(1, count + 1),
            "payment_id": payment + 1,
            "status": Words.of(STATUSES, sold.status),
            "total_minor": sold.total,
            "currency": "GBP",
            "placed_at": sold.placed,
            "ready_at": Maybe(sold.ready, sold.status != WAITING),
            "collected_at": Maybe(sold.collected, sold.status == COLLECTED),
        },
    )


def pair_table(sold: Sales, product_count: int) -> Table:
    """Each two products of one cart, both ways round.

    The items of a cart follow each other.
    """
    first, second = [], []
    for apart in range(1, MOST_ITEMS):
        same = np.flatnonzero(sold.cart[apart:] == sold.cart[:-apart])
        first.append(sold.product[same])
        second.append(sold.product[same + apart])
    one, other = np.concatenate(first), np.concatenate(second)
    key, orders = np.unique(
        np.r_[one * product_count + other, other * product_count + one],
        return_counts=True,
    )
    return Table(
        "catalog_productpair",
        {
            "id": np.arange(1, len(key) + 1),
            "product_id": key // product_count + 1,
            "other_id": key % product_count + 1,
            "orders": orders,
        },
    )

"""What the shop sells: shelves, products, prices, suppliers and offers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from catalog.models.products import NOT_DELIVERED
from gymsite.ops.seed import words
from gymsite.ops.seed.columns import DAY, HOUR, MINUTE, Table, Words, text_bytes
from gymsite.ops.seed.draws import ranks
from gymsite.ops.seed.plan import Plan, day_of
from gymsite.ops.seed.tables.core import SHOP_YEARS

# days in which the same things sell equally well; products come and go between them
BLOCK = 30
# How much each shelf sells, about per cent of all.
PULL = {
    "protein": 15,
    "bars-and-snacks": 14,
    "drink-mixes": 8,
    "tops": 7,
    "leggings-and-shorts": 6,
    "hoodies-and-layers": 5,
    "mats-and-yoga": 5,
    "kettlebells": 2,
    "dumbbells-and-weights": 2,
    "bands": 6,
    "ropes": 2,
    "boxing-and-gloves": 3,
    "rackets-and-balls": 3,
    "rollers-and-recovery": 5,
    "towels": 4,
    "shakers": 6,
    "bottles": 5,
    "bags": 3,
    "locks": 5,
    "passes": 60,
    "gift-cards": 40,
}
STAPLES = (
    "whey-80-chocolate",
    "shaker-600-ml",
    "studio-mat-4-mm",
    "loop-bands-set-of-5",
    "electrolyte-tabs-citrus",
)
LATE_SHARE, WITHDRAWN = 0.22, 4
CHEAPER = 0.8  # of the price in a sale


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices from an instant on, by product and time."""

    product: np.ndarray
    price: np.ndarray
    at: np.ndarray

    def of(self, product: np.ndarray, at: np.ndarray) -> np.ndarray:
        """What each product cost at its instant."""
        step = 1 << 52  # more than any instant, and 138 of it are less than 2^63
        return self.price[
            np.searchsorted(
                self.product * step + self.at, product * step + at, side="right"
            )
            - 1
        ]


@dataclass(frozen=True)
class Shop:
    """Products by place (id - 1).

    ``pull[block, product]`` is how well each sells, 0 where it is not on sale;
    ``quality`` is about the mean of its ratings.
    """

    rows: list[dict]
    shelves: list[dict]
    offers: list[dict]
    tracked: np.ndarray
    shelf: np.ndarray
    pull: np.ndarray
    quality: np.ndarray
    launched: np.ndarray
    withdrawn: np.ndarray
    prices: Prices

    def place(self, slug: str) -> int:
        return next(place for place, row in enumerate(self.rows) if row["slug"] == slug)

    @cached_property
    def shelf_names(self) -> list[str]:
        return [row["slug"] for row in self.shelves]


def opened(plan: Plan) -> int:
    """The day the shop opened."""
    return plan.today - 365 * SHOP_YEARS


def blocks(plan: Plan, at: np.ndarray) -> np.ndarray:
    """The block of days of each instant."""
    return np.clip((at // DAY - opened(plan)) // BLOCK, 0, block_count() - 1)


def block_count() -> int:
    return 365 * SHOP_YEARS // BLOCK + 1


def shop(plan: Plan) -> Shop:
    random = plan.random("shop")
    rows, shelves = (
        words.rows("products", "catalog.product"),
        words.rows("categories", "catalog.category"),
    )
    shelf = np.array([row["category"] - 1 for row in rows])
    tracked = np.array([row["tracks_stock"] for row in rows])
    steady = np.array([row["slug"] in STAPLES for row in rows]) | ~tracked
    came, went = _seasons_on_sale(random, steady)
    kept_back = np.array([shelves[place]["kind"] in NOT_DELIVERED for place in shelf])
    launched = opened(plan) + BLOCK * came
    return Shop(
        rows=rows,
        shelves=shelves,
        offers=words.rows("suppliers", "catalog.supplieroffer"),
        tracked=tracked,
        shelf=shelf,
        pull=_pull(plan, random, shelves, shelf, came, went),
        quality=np.clip(random.normal(4.3, 0.4, len(rows)), 2.4, 4.8),
        launched=launched,
        withdrawn=kept_back | (went < block_count()),
        prices=_prices(plan, random, rows, launched),
    )


def _seasons_on_sale(random, steady: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The block in which each product came, and the one in which it went.

    Past the last one where it is still here.
    """
    late = (random.random(len(steady)) < LATE_SHARE) & ~steady
    came = np.where(late, random.integers(2, block_count() - 3, len(steady)), 0)
    went = np.full(len(steady), block_count())
    old = np.flatnonzero(~steady & ~late)
    went[random.choice(old, WITHDRAWN, replace=False)] = random.integers(
        12, block_count() - 1, WITHDRAWN
    )
    return came, went


def _pull(
    plan: Plan,
    random,
    shelves: list[dict],
    shelf: np.ndarray,
    came: np.ndarray,
    went: np.ndarray,
) -> np.ndarray:
    """A few products of each shelf sell most; each shelf has its months."""
    place = ranks(shelf, random.random(len(shelf)))
    base = (
        np.array([PULL[row["slug"]] for row in shelves])[shelf]
        / (place + 1.0)
        * np.exp(random.normal(0, 0.25, len(shelf)))
    )
    block = np.arange(block_count())[:, None]
    on_sale = (block >= came) & (block < went)
    months = np.array(
        [
            day_of(opened(plan) + BLOCK * number + BLOCK // 2).month
            for number in range(block_count())
        ]
    )
    season = np.array([[_season(row, month) for row in shelves] for month in months])[
        :, shelf
    ]
    return base * season * on_sale


def _season(shelf: dict, month: int) -> float:
    """Gifts before Christmas, resolutions in January, warm things, summer drinks."""
    if shelf["slug"] == "gift-cards":
        return 4.0 if month == 12 else 1.0
    if shelf["slug"] in ("hoodies-and-layers", "drink-mixes", "bottles"):
        cold = month in (10, 11, 12, 1, 2)
        return 1.5 if cold == (shelf["slug"] == "hoodies-and-layers") else 0.8
    return 1.5 if shelf["kind"] == "equipment" and month in (1, 2) else 1.0


def _prices(plan: Plan, random, rows: list[dict], launched: np.ndarray) -> Prices:
    """Some rises on the way to today's price, and a sale each November."""
    found = []
    for product, row in enumerate(rows):
        first = int(launched[product]) - BLOCK
        days = first + np.sort(
            random.choice(
                np.arange(40, plan.today - first - 3),
                random.integers(0, 4),
                replace=False,
            )
        )
        price, steps = row["price_minor"], []
        for day in days[::-1].tolist():
            steps.append((day, price))
            price = _rounded(price * random.uniform(0.9, 0.985))
        steps.append((first, price))
        if random.random() < 0.3 and row["tracks_stock"]:
            steps = _with_sales(plan, sorted(steps))
        found += [(product, price, day) for day, price in _changes(sorted(steps))]
    product, price, day = np.array(found).T
    return Prices(product, price, day * DAY + 7 * HOUR + 30 * MINUTE)


def _with_sales(plan: Plan, steps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same with a week of lower prices from each 24 November of the past."""
    year = plan.day.year
    for start in (
        plan.today
        - (plan.day - plan.day.replace(year=year - back, month=11, day=24)).days
        for back in (0, 1, 2)
    ):
        before = [price for day, price in steps if day < start]
        if (
            before
            and start + 8 < plan.today
            and not any(start <= day <= start + 7 for day, _ in steps)
        ):
            steps = sorted(
                [
                    *steps,
                    (start, _rounded(before[-1] * CHEAPER)),
                    (start + 7, before[-1]),
                ]
            )
    return steps


def _changes(steps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without those that change nothing."""
    return [
        step
        for place, step in enumerate(steps)
        if not place or step[1] != steps[place - 1][1]
    ]


def _rounded(price: float) -> int:
    """A price as shops have it: 19.90, 4.20."""
    return max(10, round(price / 10) * 10)


def reference_tables(goods: Shop) -> list[Table]:
    """What does not scale, as the fixtures have it."""
    return [
        _from_fixture("catalog_category", goods.shelves),
        _from_fixture("catalog_supplier", words.rows("suppliers", "catalog.supplier")),
        _from_fixture(
            "catalog_supplieroffer",
            goods.offers,
            supplier="supplier_id",
            product="product_id",
        ),
        _from_fixture(
            "catalog_rentalkind", words.rows("rental_kinds", "catalog.rentalkind")
        ),
        _price_table(goods.prices),
    ]


def _from_fixture(table: str, rows: list[dict], **renamed: str) -> Table:
    columns = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        columns[renamed.get(name, name)] = (
            text_bytes(values) if isinstance(values[0], str) else np.array(values)
        )
    return Table(table, columns)


def _price_table(prices: Prices) -> Table:
    order = np.lexsort((prices.product, prices.at))
    return Table(
        "catalog_pricechange",
        {
            "id": np.arange(1, len(order) + 1),
            "product_id": prices.product[order] + 1,
            "price_minor": prices.price[order],
            "currency": "GBP",
            "at": prices.at[order],
        },
    )


def product_table(
    goods: Shop, rating_sum: np.ndarray, review_count: np.ndarray
) -> Table:
    """The fixture's products with the ratings of their published reviews."""
    table = _from_fixture("catalog_product", goods.rows, category="category_id")
    first = np.unique(goods.prices.product, return_index=True)[1]
    table.columns |= {
        "status": Words.of(["on_sale", "withdrawn"], goods.withdrawn.astype(int)),
        "rating_sum": rating_sum,
        "review_count": review_count,
        "created_at": goods.prices.at[first],
    }
    return table

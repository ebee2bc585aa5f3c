"""The stock ledger with its running balances, and the levels that it leads to."""

import numpy as np

from gymsite.core.models.users import Role
from gymsite.ops.seed.columns import Maybe, Table, Words
from gymsite.ops.seed.tables.core import Branches, People
from gymsite.ops.seed.tables.incoming import TAKE_REASONS, TAKES, Incoming, Offers
from gymsite.ops.seed.tables.incoming import branch_of as delivered_to
from gymsite.ops.seed.tables.sales import Sales
from gymsite.ops.seed.tables.shop import Shop
from gymsite.ops.seed.tables.suppliers import Supply

KINDS = ["delivery", "stock_take", "sale"]
DELIVERY, STOCK_TAKE, SALE = range(3)


def stock_tables(
    here: Branches,
    crowd: People,
    goods: Shop,
    sold: Sales,
    sources: Offers,
    came: Incoming,
    made: Supply,
) -> list[Table]:
    """An entry for each item with stock, each arrival and each stock take, in order."""
    item, takes = np.flatnonzero(goods.tracked[sold.product]), came.takes
    sizes = (len(came.offer), len(takes.product), len(item))
    none = lambda kind: np.full(sizes[kind], -1)  # noqa: E731
    branch = delivered_to(here, sources.supplier[came.offer])
    columns = {
        "kind": np.repeat(np.arange(3), sizes),
        "product": np.r_[
            sources.product[came.offer], takes.product, sold.product[item]
        ],
        "quantity": np.r_[
            came.packs * sources.pack[came.offer],
            TAKES[takes.reason],
            -sold.quantity[item],
        ],
        "branch": np.r_[branch, none(STOCK_TAKE) + 1, sold.branch[sold.cart[item]]],
        "order": np.r_[none(DELIVERY), none(STOCK_TAKE), sold.cart[item]],
        "delivery": np.r_[made.delivery, none(STOCK_TAKE), none(SALE)],
        "line": np.r_[made.line, none(STOCK_TAKE), none(SALE)],
        "actor": np.r_[
            crowd.staff(Role.FRONT_DESK, len(here))[branch],
            np.full(sizes[STOCK_TAKE], crowd.staff(Role.FRONT_DESK, 1)[0]),
            sold.member[sold.cart[item]],
        ],
        "reason": np.r_[
            np.zeros(sizes[DELIVERY], dtype=int),
            takes.reason + 1,
            np.zeros(sizes[SALE], dtype=int),
        ],
        "at": np.r_[
            made.delivery_at[made.delivery], takes.at, sold.placed[sold.cart[item]]
        ],
    }
    order = np.argsort(columns["at"], kind="stable")
    entries = {name: column[order] for name, column in columns.items()}
    return [
        _entry_table(entries, balances(entries["product"], entries["quantity"])),
        _level_table(goods, entries, came),
    ]


def balances(product: np.ndarray, quantity: np.ndarray) -> np.ndarray:
    """What lies there of the product after each entry, in the order of time."""
    order = np.argsort(product, kind="stable")
    running = np.cumsum(quantity[order])
    first = np.flatnonzero(np.r_[True, np.diff(product[order]) != 0])
    before = np.repeat(
        running[first] - quantity[order][first], np.diff(np.r_[first, len(order)])
    )
    balance = np.empty(len(order), dtype=np.int64)
    balance[order] = running - before
    return balance


def _entry_table(entries: dict[str, np.ndarray], balance: np.ndarray) -> Table:
    maybe = lambda name: Maybe(entries[name] + 1, entries[name] >= 0)  # noqa: E731
    return Table(
        "catalog_stockentry",
        {
            "id": np.arange(1, len(balance) + 1),
            "branch_id": entries["branch"] + 1,
            "product_id": entries["product"] + 1,
            "kind": Words.of(KINDS, entries["kind"]),
            "quantity": entries["quantity"],
            "balance": balance,
            "order_id": maybe("order"),
            "delivery_id": maybe("delivery"),
            "line_id": maybe("line"),
            "actor_id": entries["actor"] + 1,
            "reason": Words.of(["", *TAKE_REASONS], entries["reason"]),
            "at": entries["at"],
        },
    )


def _level_table(goods: Shop, entries: dict[str, np.ndarray], came: Incoming) -> Table:
    product = np.flatnonzero(goods.tracked)
    on_hand = np.bincount(
        entries["product"], weights=entries["quantity"], minlength=len(goods.rows)
    ).astype(np.int64)
    return Table(
        "catalog_stocklevel",
        {
            "product_id": product + 1,
            "on_hand": on_hand[product],
            "reorder_at": came.reorder_at[product],
        },
    )

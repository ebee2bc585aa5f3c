"""Orders to suppliers: delivered ones, some open or late, some called off."""

from dataclasses import dataclass

import numpy as np

from gymsite.core.models.users import Role
from gymsite.ops.seed.columns import DAY, MINUTE, Table, Words
from gymsite.ops.seed.draws import reference_letters
from gymsite.ops.seed.plan import Plan, midnights
from gymsite.ops.seed.tables.core import Branches, People
from gymsite.ops.seed.tables.incoming import Incoming, Offers, arrives, branch_of

STATUSES = ["ordered", "part_received", "received", "cancelled"]
ORDERED, PART_RECEIVED, RECEIVED, CANCELLED = range(4)
IN_TWO_PARTS = 0.12  # of all orders
RECENT = 12  # days
OPEN_SHARE, CALLED_OFF = 0.5, 3


@dataclass(slots=True)
class Orders:
    """Orders by place; ``ordered`` and ``expected`` are days."""

    supplier: np.ndarray
    status: np.ndarray
    ordered: np.ndarray
    expected: np.ndarray


@dataclass(slots=True)
class Lines:
    """So many packs of an offer, of which ``received`` units have come."""

    order: np.ndarray
    offer: np.ndarray
    packs: np.ndarray
    received: np.ndarray


@dataclass(slots=True)
class Supply:
    """Orders, lines, deliveries by place; ``delivery`` and ``line`` of each arrival."""

    orders: Orders
    lines: Lines
    delivery_order: np.ndarray
    delivery_at: np.ndarray
    delivery: np.ndarray
    line: np.ndarray


def supply(plan: Plan, here: Branches, sources: Offers, came: Incoming) -> Supply:
    random = plan.random("suppliers")
    lead = np.zeros(sources.supplier.max() + 1, dtype=np.int64)
    lead[sources.supplier] = sources.lead
    made = _received(random, here, sources, lead, came)
    _leave_some_open(plan, random, made)
    _add_open(plan, random, sources, lead, came, made)
    _add_called_off(plan, random, sources, lead, made)
    return _by_time(made)


def _received(
    random, here: Branches, sources: Offers, lead: np.ndarray, came: Incoming
) -> Supply:
    """Arrivals of one supplier and day are one delivery, mostly of one order."""
    supplier = sources.supplier[came.offer]
    keys = np.column_stack([arrives(here, supplier, came.day), supplier, came.day])
    found, delivery = np.unique(keys, axis=0, return_inverse=True)
    at, supplier, day = found.T
    order, delivery = _orders_of(random, supplier, day), delivery.ravel()
    first = np.unique(order, return_index=True)[1]
    expected = (
        day[first] - np.array([-1, 0, 0, 0, 1, 2])[random.integers(0, 6, len(first))]
    )
    pair, line = np.unique(
        order[delivery] * len(sources.pack) + came.offer, return_inverse=True
    )
    packs = np.bincount(line, weights=came.packs).astype(np.int64)
    offer = pair % len(sources.pack)
    return Supply(
        Orders(
            supplier[first],
            np.full(len(first), RECEIVED),
            expected - lead[supplier[first]],
            expected,
        ),
        Lines(pair // len(sources.pack), offer, packs, packs * sources.pack[offer]),
        order,
        at,
        delivery,
        line,
    )


def _orders_of(random, supplier: np.ndarray, day: np.ndarray) -> np.ndarray:
    """The order of each delivery; one in some is the rest of the one before it."""
    row = np.lexsort((day, supplier))
    rest = random.random(len(row)) < IN_TWO_PARTS
    rest[0] = False
    rest[1:] &= (np.diff(supplier[row]) == 0) & (np.diff(day[row]) <= 21)
    rest[1:] &= ~rest[:-1]
    order = np.empty(len(row), dtype=np.int64)
    order[row] = np.cumsum(~rest) - 1
    return order


def _leave_some_open(plan: Plan, random, made: Supply) -> None:
    """Some that came lately, and the very latest, came in part only.

    Of a line or more, as much is still to come.
    """
    last = np.zeros(len(made.orders.supplier), dtype=np.int64)
    np.maximum.at(last, made.delivery_order, made.delivery_at)
    chosen = (last > plan.now - RECENT * DAY) & (random.random(len(last)) < 0.25)
    chosen[np.argmax(last)] = True
    lines = chosen[made.lines.order] & (random.random(len(made.lines.order)) < 0.5)
    lines[np.unique(made.lines.order, return_index=True)[1][chosen]] = True
    made.lines.packs[lines] *= 2
    made.orders.status[chosen] = PART_RECEIVED


def _add_open(
    plan: Plan, random, sources: Offers, lead: np.ndarray, came: Incoming, made: Supply
) -> None:
    """Orders of which nothing has come yet, a few late, mostly of what is short."""
    wanted = came.short[:-2]
    suppliers = np.union1d(
        np.flatnonzero(random.random(len(lead)) < OPEN_SHARE),
        sources.supplier[sources.main[wanted]],
    )
    ordered = (
        plan.today
        - 1
        - (random.random(len(suppliers)) * (lead[suppliers] + 4)).astype(np.int64)
    )
    for supplier, day in zip(suppliers.tolist(), ordered.tolist(), strict=True):
        able = np.flatnonzero(sources.supplier == supplier)
        needed = able[np.isin(able, sources.main[wanted])]
        offer = np.union1d(
            needed,
            random.choice(
                able, min(len(able), int(random.integers(1, 5))), replace=False
            ),
        )
        _add(
            made,
            supplier,
            ORDERED,
            day,
            day + lead[supplier],
            offer,
            sources.fewest[offer] + 4,
        )


def _add_called_off(
    plan: Plan, random, sources: Offers, lead: np.ndarray, made: Supply
) -> None:
    for supplier in random.choice(len(lead), CALLED_OFF, replace=False).tolist():
        day = plan.today - int(random.integers(40, 300))
        offer = np.flatnonzero(sources.supplier == supplier)[:2]
        _add(
            made,
            supplier,
            CANCELLED,
            day,
            day + lead[supplier],
            offer,
            sources.fewest[offer] + 9,
        )


def _add(
    made: Supply, supplier: int, status: int, ordered: int, expected: int, offer, packs
) -> None:
    place, orders, lines = len(made.orders.supplier), made.orders, made.lines
    made.orders = Orders(
        np.r_[orders.supplier, supplier],
        np.r_[orders.status, status],
        np.r_[orders.ordered, ordered],
        np.r_[orders.expected, expected],
    )
    made.lines = Lines(
        np.r_[lines.order, np.full(len(offer), place)],
        np.r_[lines.offer, offer],
        np.r_[lines.packs, packs],
        np.r_[lines.received, np.zeros(len(offer), dtype=np.int64)],
    )


def _by_time(made: Supply) -> Supply:
    """The same with orders in the order of their days, lines of their orders."""
    order = np.argsort(made.orders.ordered, kind="stable")
    place = np.argsort(order, kind="stable")
    of_line = place[made.lines.order]
    lines = np.lexsort((made.lines.offer, of_line))
    return Supply(
        Orders(*(column[order] for column in _columns(made.orders))),
        Lines(of_line[lines], *(column[lines] for column in _columns(made.lines)[1:])),
        place[made.delivery_order],
        made.delivery_at,
        made.delivery,
        np.argsort(lines, kind="stable")[made.line],
    )


def _columns(rows: Orders | Lines) -> list[np.ndarray]:
    return [getattr(rows, name) for name in rows.__slots__]


def supply_tables(
    plan: Plan, here: Branches, crowd: People, sources: Offers, made: Supply
) -> list[Table]:
    return [
        _order_table(plan, here, crowd, sources, made),
        _line_table(sources, made.lines),
        _delivery_table(here, crowd, made),
    ]


def _order_table(
    plan: Plan, here: Branches, crowd: People, sources: Offers, made: Supply
) -> Table:
    orders, lines = made.orders, made.lines
    branch = branch_of(here, orders.supplier)
    cost = lines.packs * sources.cost[lines.offer]
    minute = plan.random("ordering").integers(10 * 60, 17 * 60, len(branch))
    return Table(
        "catalog_purchaseorder",
        {
            "id": np.arange(1, len(branch) + 1),
            "reference": reference_letters(
                np.arange(len(branch)), f"{plan.seed} purchases"
            ),
            "branch_id": branch + 1,
            "supplier_id": orders.supplier + 1,
            "status": Words.of(STATUSES, orders.status),
            "total_minor": np.bincount(lines.order, weights=cost).astype(np.int64),
            "currency": "GBP",
            "ordered_at": midnights(orders.ordered, here.zone[branch], here.zones)
            + minute * MINUTE,
            "expected_on": orders.expected,
            "approved_by_id": crowd.staff(Role.MANAGER, len(here))[branch] + 1,
        },
    )


def _line_table(sources: Offers, lines: Lines) -> Table:
    return Table(
        "catalog_purchaseline",
        {
            "id": np.arange(1, len(lines.order) + 1),
            "order_id": lines.order + 1,
            "offer_id": lines.offer + 1,
            "product_id": sources.product[lines.offer] + 1,
            "quantity": lines.packs * sources.pack[lines.offer],
            "cost_minor": lines.packs * sources.cost[lines.offer],
            "received": lines.received,
        },
    )


def _delivery_table(here: Branches, crowd: People, made: Supply) -> Table:
    count = len(made.delivery_at)
    branch = branch_of(here, made.orders.supplier[made.delivery_order])
    return Table(
        "catalog_delivery",
        {
            "id": np.arange(1, count + 1),
            "order_id": made.delivery_order + 1,
            "note": np.strings.add(
                b"DN-", (np.arange(count) * 7 + 20_417).astype("S8")
            ),
            "actor_id": crowd.staff(Role.FRONT_DESK, len(here))[branch] + 1,
            "received_at": made.delivery_at,
        },
    )

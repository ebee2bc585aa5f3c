"""Group tuned: the references' tuned queries, each as the product asks it, with and without its index."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from catalog.models import Category
from catalog.queries import catalog, orders, recommendations

from .context import Context
from .report import Row
from .stats import Spread, median

GROUP = "tuned"
REPEATS = 9

Statement = tuple[str, tuple[Any, ...]]

FIRST = """
SELECT entry.member_id, entry.position, member.username
FROM bookings_waitlistentry entry JOIN core_user member ON member.id = entry.member_id
WHERE entry.session_id = %s AND entry.status = 'waiting'
ORDER BY entry.position LIMIT 1
"""
LONGEST = "SELECT id FROM bookings_classsession ORDER BY waitlist_length DESC, id LIMIT 1"


@dataclass(frozen=True, slots=True)
class Tuned:
    """``drops`` take away the index, and what else would serve in its place. ``reference``: the report's milliseconds
    before and after, of the query itself or (``of_endpoint``) of the whole endpoint, which ours are not held against.
    """

    name: str
    data: tuple[str, ...]
    statement: Callable[[], Statement]
    index: str
    drops: tuple[str, ...]
    reference: tuple[float, float]
    of_endpoint: bool = False


def _asked(rows: QuerySet[Any]) -> Statement:
    return rows.query.sql_with_params()


def _first_in_line() -> Statement:
    return FIRST, (_one(LONGEST),)


def _of_kind() -> Statement:
    wanted = catalog.Wanted(kind=Category.Kind.NUTRITION)
    rows = catalog.as_rows(catalog.narrowed(catalog.by_shelf(catalog.on_sale()), wanted), "shelf")
    return _asked(rows.order_by(*catalog.SHELVES)[:51])


def _bought() -> Statement:
    return _asked(recommendations.bought_by(_one("SELECT member_id FROM catalog_cart ORDER BY hashint8(id) LIMIT 1")))


def _entries_of_order() -> Statement:
    order = _one("SELECT order_id FROM catalog_stockentry WHERE kind = 'sale' ORDER BY hashint8(id) LIMIT 1")
    return _asked(orders.stock_entries_of(order))


def _one(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


QUERIES = (
    Tuned(
        "first in the waitlist",
        ("waitlistentry", "user"),
        _first_in_line,
        "bookings_waitlist_head",
        (
            "DROP INDEX bookings_waitlist_head",
            "ALTER TABLE bookings_waitlistentry DROP CONSTRAINT bookings_waitlistentry_position_unique",
        ),
        (4.752, 0.905),
    ),
    Tuned(
        "the catalogue by kind of category",
        ("product",),
        _of_kind,
        "catalog_category_kind",
        ("DROP INDEX catalog_category_kind",),
        (1873, 1489),
        of_endpoint=True,
    ),
    Tuned(
        "what a member bought, by their carts",
        ("cart", "cartitem"),
        _bought,
        "catalog_cart_member",
        ("DROP INDEX catalog_cart_member",),
        (371, 295),
        of_endpoint=True,
    ),
    Tuned(
        "the stock ledger of an order",
        ("stockentry",),
        _entries_of_order,
        "catalog_stockentry_order",
        ("DROP INDEX catalog_stockentry_order",),
        (248, 125),
        of_endpoint=True,
    ),
)


def measure(context: Context) -> list[Row]:
    """Each query's plan and time before (its index dropped, rolled back again) and after."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rows = []
    for tuned in QUERIES:
        context.say(f"tuned: {tuned.name}, with and without its index")
        statement = tuned.statement()
        with without(tuned.drops):
            before = [explain(statement) for _ in range(REPEATS)]
        after = [explain(statement) for _ in range(REPEATS)]
        rows += [_row(context, tuned, "before", before, before), _row(context, tuned, "after", after, before)]
    return rows


@contextmanager
def without(drops: tuple[str, ...]) -> Iterator[None]:
    """Within it the query has no index of its own; what was dropped is there again afterwards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for drop in drops:
                cursor.execute(drop)
        yield
        transaction.set_rollback(True)


def explain(statement: Statement) -> dict[str, Any]:
    """EXPLAIN (ANALYZE, FORMAT JSON) of the query: ``Plan``, ``Planning Time`` and ``Execution Time`` in ms."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement[0]}", statement[1])
        (plan,) = cursor.fetchone()
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]


def nodes(plan: dict[str, Any]) -> list[str]:
    """The plan's nodes from the top, scans with their index."""
    index = plan.get("Index Name")
    here = f"{plan['Node Type']} {index}" if index else plan["Node Type"]
    return [here, *(name for child in plan.get("Plans", []) for name in nodes(child))]


def _row(context: Context, tuned: Tuned, when: str, plans: list[dict], before: list[dict]) -> Row:
    times = [plan["Execution Time"] for plan in plans]
    found = nodes(plans[0]["Plan"])
    is_after = when == "after"
    printed = "the reference's endpoint: {:,} ms, then {:,} ms; ".format(*tuned.reference)
    return Row(
        group=GROUP,
        name=f"{tuned.name}, {when}",
        data=context.data(*tuned.data),
        value=median(times),
        unit="ms",
        spread=Spread.of(times),
        floor="before" if is_after else "",
        floor_value=median([plan["Execution Time"] for plan in before]) if is_after else None,
        ratio=median(times) / median([plan["Execution Time"] for plan in before]) if is_after else None,
        reference=None if tuned.of_endpoint else tuned.reference[is_after],
        **_target(context, tuned, found) if is_after else {},
        note=(printed if tuned.of_endpoint else "") + " > ".join(found),
    )


def _target(context: Context, tuned: Tuned, found: list[str]) -> dict[str, Any]:
    """First in line must come without a Sort; the others by their index, where the tables are large enough for one."""
    uses = any(tuned.index in name for name in found)
    if tuned.of_endpoint:
        return {"target": f"by {tuned.index}", "met": context.verdict(uses)}
    return {"target": "index scan, no Sort", "met": context.verdict(uses and not any("Sort" in name for name in found))}

"""Group tuned: the references' tuned queries of the registry, before and after."""

from typing import Any

from django.db import connection

from gymsite.ops.bench.context import NAMES, Context
from gymsite.ops.bench.report import Row
from gymsite.ops.rig.queries import catalog, lab, plans, registry
from gymsite.ops.rig.queries.catalog import Catalog
from gymsite.ops.rig.queries.lab import Finding, Side
from gymsite.ops.rig.stats import Spread
from gymsite.postgres.tuned_query import Reference

GROUP = "tuned"
REPEATS = 9
# with less, reading all of a table takes no longer than the rest of a statement
ENOUGH_ROWS = 10_000
QUERIES = tuple(query for query in registry.QUERIES if query.reference)


def measure(context: Context) -> list[Row]:
    """Each query's plan and time without its index (rolled back) and with it."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    known, rows = catalog.read(), []
    for query in QUERIES:
        context.say(f"tuned: {query.says}, with and without its index")
        found = lab.measure(query, known, lab.Settings(runs=REPEATS))
        if found.kept is None or found.without is None or query.reference is None:
            raise RuntimeError(f"{query.name} can't be measured: {found.reason}")
        before = _row(
            context,
            found,
            found.without,
            query.reference,
            reference=query.reference.before,
        )
        after = _row(
            context, found, found.kept, query.reference, reference=query.reference.after
        )
        after.floor, after.floor_value, after.ratio = (
            "before",
            before.value,
            after.value / before.value,
        )
        after.target, after.met = _target(context, found, found.kept, known)
        rows += [before, after]
    return rows


def _row(
    context: Context,
    found: Finding,
    side: Side,
    printed: Reference,
    *,
    reference: float | None,
) -> Row:
    said = (
        f"the reference's endpoint: {printed.before:,} ms, then {printed.after:,} ms; "
        if printed.of_endpoint
        else f"the reference: {printed.less}% less; "
        if printed.less
        else ""
    )
    return Row(
        group=GROUP,
        name=f"{found.query.says}, {'before' if side is found.without else 'after'}",
        data=context.data(*_tables(side)),
        value=side.median,
        unit="ms",
        spread=Spread.of(side.times) if side.times else None,
        reference=None if printed.of_endpoint else reference,
        note=said + " > ".join(side.plan.told),
    )


def _tables(side: Side) -> list[str]:
    """Short names of the tables that the plan reads, those that the bench knows."""
    read = (
        node.get("Relation Name", "").partition("_")[2] for node in side.plan.nodes()
    )
    return [name for name in dict.fromkeys(read) if name in NAMES]


def _target(
    context: Context, found: Finding, side: Side, known: Catalog
) -> tuple[str, Any]:
    """No Sort for who is first in line; how much less, where a table is large enough to
    tell; the others by their index."""
    query, index = found.query, found.query.indexes[0]
    seen, table = plans.facts(side.plan, known), known.indexes[index].table
    uses = index in seen.indexes
    assert query.reference
    if query.reference.less:
        wanted = query.reference.speed_up
        reached = (found.speed_up or 0) >= wanted
        if known.tables[table].rows < ENOUGH_ROWS:
            return f"{wanted:.2g} times as fast as before, in a large table", None
        return f"{wanted:.2g} times as fast as before", context.verdict(reached)
    if query.never:
        return "index scan, no Sort", context.verdict(uses and not seen.sorts)
    return f"by {index}", context.verdict(uses)

"""The guard: plans that must stay as they are, looked at without running anything.

A plan is judged as the planner likes it best. Where all that is wrong with it comes of
little data (a table that is read in one go anyway, a sort of a few rows), the planner
is asked again with that way priced out, and the answer is whether the query *can* be
served by its indexes. Where an index that the query names ``besides`` serves a small
table in their place, the two cost the same: which of them is taken, chance decides. So
one rule holds on a small seed and on a large one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import DatabaseError, connection

from gymsite.ops.rig.queries import capture, plans
from gymsite.ops.rig.queries.capture import NoSample, Statement
from gymsite.ops.rig.queries.catalog import Catalog
from gymsite.ops.rig.queries.lab import explained
from gymsite.ops.rig.queries.plans import Plan
from gymsite.ops.rig.queries.safety import rolled_back
from gymsite.postgres.tuned_query import TunedQuery

BIG_ROWS = 10_000
BIG_PAGES = 64
MANY_ROWS = 1_000
# With less in a table all its indexes cost the same; an order that must be kept tells
# them apart sooner.
FEWEST_ROWS, FEWEST_IN_ORDER = 1_000, 100
OK, SMALL, FAILED, UNAVAILABLE = "ok", "ok, small", "FAILED", "unavailable"


@dataclass(frozen=True, slots=True)
class Wrong:
    """``small`` says that little data may be the reason."""

    says: str
    small: bool


@dataclass(slots=True)
class Verdict:
    """``ok``, ``ok, small``, ``FAILED`` or ``unavailable``.

    Small: served by its indexes where smallness is priced out. Unavailable: there is no
    data to judge it by.
    """

    query: TunedQuery
    state: str = OK
    wrongs: list[str] = field(default_factory=list)
    plan: Plan | None = None


def guarded(
    queries: Sequence[TunedQuery], known: Catalog, say: Callable[[str], None]
) -> Iterator[Verdict]:
    for query in queries:
        say(query.name)
        yield verdict(query, known)


def verdict(query: TunedQuery, known: Catalog) -> Verdict:
    """Judges one query; every index that it names has to be there and to be used."""
    found = Verdict(query)
    try:
        statement = capture.statement_of(query, capture.sample(query))
        with rolled_back():
            _judge(found, statement, known)
    except (NoSample, DatabaseError) as error:
        found.state, found.wrongs = UNAVAILABLE, [explained(error)]
    return found


def _judge(found: Verdict, statement: Statement, known: Catalog) -> None:
    absent = [
        f"there is no index {name}" for name in known.missing(found.query.indexes)
    ]
    found.plan = plans.explain(statement)
    wrongs = list(wrong_with(found.plan, found.query, known))
    if wrongs and all(wrong.small for wrong in wrongs) and not absent:
        if bare := known.bare(
            found.query.indexes, FEWEST_IN_ORDER if found.query.never else FEWEST_ROWS
        ):
            found.state, found.wrongs = (
                UNAVAILABLE,
                [f"There are hardly any rows in {', '.join(bare)}."],
            )
            return
        found.plan, found.state = _priced_out(statement, found.query), SMALL
        wrongs = list(wrong_with(found.plan, found.query, known))
    found.wrongs = absent + [wrong.says for wrong in wrongs]
    if found.wrongs:
        found.state = FAILED


def _priced_out(statement: Statement, query: TunedQuery) -> Plan:
    """The plan without sequential scans, and without what loses an order wanted."""
    costly = (
        ("enable_seqscan", "enable_sort", "enable_bitmapscan")
        if query.never
        else ("enable_seqscan",)
    )
    with connection.cursor() as cursor:
        for name in costly:
            cursor.execute("SELECT set_config(%s, 'off', true)", [name])
    return plans.explain(statement)


def wrong_with(plan: Plan, query: TunedQuery, known: Catalog) -> Iterator[Wrong]:
    """All that the plan does and must not, in words."""
    seen = plans.facts(plan, known)
    for name in query.indexes:
        if name in known.indexes and name not in seen.indexes:
            table = known.indexes[name].table
            others = {other for other in seen.indexes if known.table_of(other) == table}
            small = not is_big(table, known)
            if small and others and others <= set(query.besides):
                continue
            instead = f"by {', '.join(sorted(others))}" if others else "in sequence"
            yield Wrong(f"{table} is read {instead}, not by {name}", small)
    for table in sorted(seen.scanned):
        if is_big(table, known) and known.whole_table(table) not in query.scans:
            yield Wrong(
                f"sequential scan of {table}, {known.tables[table].rows:,} rows", False
            )
    for node in sorts_above(plan, query, known):
        rows = node.get("Plans", [node])[0]["Plan Rows"]
        yield Wrong(f"{node['Node Type']} of {rows:,} rows", rows < MANY_ROWS)
    for table in query.index_only:
        if table not in seen.index_only:
            yield Wrong(
                f"{table} is not read by its index alone", not is_big(table, known)
            )
    if query.partitions is not None and seen.partitions > query.partitions:
        yield Wrong(
            f"{seen.partitions} partitions are read, {query.partitions} would do", False
        )


def is_big(table: str, known: Catalog) -> bool:
    """Large enough that reading it in sequence is a mistake."""
    facts = known.tables[table]
    return facts.rows >= BIG_ROWS and facts.pages >= BIG_PAGES


def sorts_above(plan: Plan, query: TunedQuery, known: Catalog) -> list[dict]:
    """Nodes that a query must never have, from its first index's table to the top.

    A sort elsewhere, such as of the three names of an order in a subquery, is none of
    its business.
    """
    table = known.table_of(query.indexes[0])
    found: list[dict] = []

    def walk(node: dict, above: list[dict]) -> None:
        here = [*above, node] if node["Node Type"] in query.never else above
        if (relation := node.get("Relation Name")) and known.whole_table(
            relation
        ) == table:
            found.extend(one for one in here if one not in found)
        for child in node.get("Plans", []):
            if child.get("Parent Relationship") not in ("SubPlan", "InitPlan"):
                walk(child, here)

    walk(plan.root, [])
    return found

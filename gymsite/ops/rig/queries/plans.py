"""Plans of a statement: EXPLAIN's JSON, and what can be told from it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from gymsite.ops.rig.queries.capture import Statement
from gymsite.ops.rig.queries.catalog import Catalog

SORTS = ("Sort", "Incremental Sort")


@dataclass(frozen=True, slots=True)
class Plan:
    """``root`` is EXPLAIN's topmost node; times in ms, None where not executed."""

    root: dict[str, Any]
    planning: float | None = None
    execution: float | None = None

    def nodes(self) -> Iterator[dict[str, Any]]:
        """Every node from the top, each before its children."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.get("Plans", [])))

    @property
    def kinds(self) -> list[str]:
        return [node["Node Type"] for node in self.nodes()]

    @property
    def hit(self) -> int:
        """Pages found in the server's memory."""
        return self.root.get("Shared Hit Blocks", 0)

    @property
    def read(self) -> int:
        """Pages that were not."""
        return self.root.get("Shared Read Blocks", 0)

    @property
    def sorted_rows(self) -> int:
        """The most rows that any sort takes in, executed or expected; or 0."""
        return max(
            (_incoming(node) for node in self.nodes() if node["Node Type"] in SORTS),
            default=0,
        )

    @property
    def told(self) -> list[str]:
        """The nodes from the top, scans with their index or table."""
        return [title(node) for node in self.nodes()]


def _incoming(sort: dict[str, Any]) -> int:
    below = sort["Plans"][0]
    return round(below.get("Actual Rows", below["Plan Rows"]))


def title(node: dict[str, Any]) -> str:
    what = node.get("Index Name") or (
        node.get("Relation Name") if node["Node Type"].endswith("Scan") else None
    )
    return f"{node['Node Type']} {what}" if what else node["Node Type"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a plan does, by names of whole tables; ``scanned`` are partitions, too."""

    indexes: set[str] = field(default_factory=set)
    scanned: set[str] = field(default_factory=set)
    index_only: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    partitions: int = 0
    sorts: bool = False


def facts(plan: Plan, catalog: Catalog) -> Facts:
    """Reads the plan's nodes; ``index_only`` are tables read in no other way."""
    found, parts = Facts(sorts=any(kind in SORTS for kind in plan.kinds)), set()
    for node in plan.nodes():
        kind, relation = node["Node Type"], node.get("Relation Name")
        if index := node.get("Index Name"):
            found.indexes.add(catalog.whole_index(index))
        if relation is None:
            continue
        table = catalog.whole_table(relation)
        if table != relation:
            parts.add(relation)
        (found.index_only if kind == "Index Only Scan" else found.touched).add(table)
        if kind == "Seq Scan":
            found.scanned.add(relation)
    return Facts(
        found.indexes,
        found.scanned,
        found.index_only - found.touched,
        found.touched,
        len(parts),
        found.sorts,
    )


def explain(
    statement: Statement, *, analyze: bool = False, timing: bool = True
) -> Plan:
    """The plan; with ``analyze`` the statement is executed.

    Timing each node, too, slows the whole.
    """
    options = "FORMAT JSON"
    if analyze:
        options = (
            f"ANALYZE, BUFFERS {'ON' if timing else 'OFF'}, TIMING "
            f"{'ON' if timing else 'OFF'}, FORMAT JSON"
        )
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({options}) {statement.sql}", statement.parameters)
        (found,) = cursor.fetchone()
    told = (json.loads(found) if isinstance(found, str) else found)[0]
    return Plan(told["Plan"], told.get("Planning Time"), told.get("Execution Time"))

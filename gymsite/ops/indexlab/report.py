"""What was found, as plain values: for JSON, the screen and the HTML page."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from gymsite.ops.indexlab.guard import Verdict
from gymsite.ops.indexlab.whatif import Trial
from gymsite.ops.indexlab.writes import WriteCost
from gymsite.ops.rig.machine import about_machine, server_settings, server_version
from gymsite.ops.rig.queries import plans
from gymsite.ops.rig.queries.catalog import Catalog
from gymsite.ops.rig.queries.lab import Finding, Side
from gymsite.postgres.tuned_query import Reference

LARGE = 1_000  # rows: the scan of less is worth no word
TOLD = ("shared_buffers", "random_page_cost", "effective_cache_size", "work_mem", "jit")


def about(now: datetime, known: Catalog, runs: int) -> dict[str, Any]:
    """Which server, how much data, how often."""
    whole = {known.whole_table(name) for name in known.tables}
    return {
        "at": f"{now:%Y-%m-%d %H:%M} UTC",
        "machine": about_machine(),
        "postgresql": server_version(),
        "settings": {row.name: row.setting for row in server_settings(TOLD)},
        "runs": runs,
        "rows": {
            name: known.tables[name].rows
            for name in sorted(whole)
            if known.tables[name].rows
        },
    }


def of_finding(
    finding: Finding, known: Catalog, costs: dict[str, WriteCost]
) -> dict[str, Any]:
    query = finding.query
    return {
        "name": query.name,
        "says": query.says,
        "state": finding.state,
        "reason": finding.reason,
        "note": query.note,
        "sample": {name: _plain(value) for name, value in finding.sample.items()},
        "sql": finding.statement.sql if finding.statement else "",
        "indexes": [
            of_index(name, known, costs)
            for name in query.indexes
            if name in known.indexes
        ],
        "dropped": finding.dropped,
        "with": of_side(finding.kept, known),
        "without": of_side(finding.without, known),
        "speed_up": finding.speed_up,
        "reference": of_reference(query.reference, finding.speed_up),
    }


def of_index(name: str, known: Catalog, costs: dict[str, WriteCost]) -> dict[str, Any]:
    """Sizes in bytes; the write's cost in microseconds a row."""
    index, cost = known.indexes[name], costs.get(name)
    table = known.tables[index.table]
    return {
        "name": name,
        "table": index.table,
        "rows": table.rows,
        "pages": table.pages,
        "size": index.size,
        "definition": index.definition,
        "write": cost
        and {"with": cost.with_it, "without": cost.without, "overhead": cost.overhead},
    }


def of_side(side: Side | None, known: Catalog) -> dict[str, Any] | None:
    """Times in ms, buffers in pages of 8 kB."""
    if side is None:
        return None
    seen = plans.facts(side.plan, known)
    return {
        "median": side.median,
        "times": side.times,
        "stopped_at": side.stopped_at,
        "planning": side.plan.planning,
        "hit": side.plan.hit,
        "read": side.plan.read,
        "told": side.plan.told,
        "sorts": seen.sorts,
        "sorted_rows": side.plan.sorted_rows,
        "scans": sorted(seen.scanned),
        "large_scans": sorted(
            name for name in seen.scanned if known.tables[name].rows >= LARGE
        ),
        "index_only": sorted(seen.index_only),
        "indexes": sorted(seen.indexes),
        "plan": side.plan.root,
    }


def of_reference(
    reference: Reference | None, ours: float | None
) -> dict[str, Any] | None:
    """The report's own figures, and whether its speed-up is seen here."""
    if reference is None:
        return None
    return {
        "report": reference.report,
        "before": reference.before,
        "after": reference.after,
        "less": reference.less,
        "of_endpoint": reference.of_endpoint,
        "speed_up": reference.speed_up,
        "reproduced": None if ours is None else ours >= reference.speed_up,
    }


def of_trial(trial: Trial) -> dict[str, Any]:
    return {
        "statement": trial.statement,
        "table": trial.index.table,
        "size": trial.index.size,
        "build_seconds": trial.build_seconds,
        "write": trial.cost
        and {
            "with": trial.cost.with_it,
            "without": trial.cost.without,
            "overhead": trial.cost.overhead,
        },
        "users": trial.users,
        "queries": [of_finding(finding, trial.known, {}) for finding in trial.findings],
    }


def of_verdicts(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    return [
        {
            "name": verdict.query.name,
            "says": verdict.query.says,
            "state": verdict.state,
            "wrongs": verdict.wrongs,
            "plan": verdict.plan.told if verdict.plan else [],
        }
        for verdict in verdicts
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value

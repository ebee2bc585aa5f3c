"""Statements that are slow, or so frequent that they add up (pg_stat_statements)."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import percent, quoted
from gymsite.postgres.statements import statements

SLOW = 50  # ms on average, the reference's bound
VERY_SLOW = 500
FEWEST = 20  # calls: a migration or a report by hand is not the site

SQL = statements("gymsite.ops.audit", "slow_statements")


def judge(row: Row) -> Finding | None:
    if row["calls"] < FEWEST or row["mean_ms"] < SLOW:
        return None
    return Finding(
        Level.CRITICAL if row["mean_ms"] >= VERY_SLOW else Level.WARNING,
        row["subject"],
        f"{row['mean_ms']:,.0f} ms on average, {row['max_ms']:,.0f} at most, "
        f"{row['calls']:,} times ({percent(row['share'] or 0)} of all time): "
        f"{quoted(row['statement'])}",
        "EXPLAIN (ANALYZE, BUFFERS) it with real values: an index, fewer rows, or the "
        "answer kept.",
    )


def sums(rows: Sequence[Row]) -> str:
    top = next(iter(rows), None)
    return (
        f"{len(rows)} statements; most time ({percent(top['share'] or 0)}): "
        f"{top['calls']:,} x {top['mean_ms']:.1f} ms {quoted(top['statement'], 60)}"
        if top
        else "no statement yet"
    )


CHECK = Check(
    "slow_statements",
    "No statement takes 50 ms on average.",
    SQL.figures,
    judge,
    sums,
    SQL.blind,
    {"mean_ms": 1},
)

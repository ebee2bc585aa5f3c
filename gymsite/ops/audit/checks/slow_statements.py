"""Statements that are slow, or so frequent that they add up (pg_stat_statements)."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import percent, quoted

SLOW = 50  # ms on average, the reference's bound
VERY_SLOW = 500
FEWEST = 20  # calls: a migration or a report by hand is not the site

SQL = """
SELECT queryid::text AS subject, left(regexp_replace(query, '\\s+', ' ', 'g'), 400) AS statement, calls,
    mean_exec_time AS mean_ms, max_exec_time AS max_ms, total_exec_time AS total_ms,
    total_exec_time / nullif(sum(total_exec_time) OVER (), 0) AS share, rows
FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
WHERE s.queryid IS NOT NULL ORDER BY total_exec_time DESC LIMIT 100
"""
BLIND = """
SELECT CASE
    WHEN coalesce(current_setting('shared_preload_libraries', true), '') NOT LIKE '%pg_stat_statements%'
        AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')
        THEN 'pg_stat_statements is not loaded. Put it into shared_preload_libraries and restart the server, then as'
            ' superuser in this database: CREATE EXTENSION pg_stat_statements;'
    WHEN NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')
        THEN 'as superuser, in this database: CREATE EXTENSION pg_stat_statements;'
    WHEN NOT pg_has_role('pg_read_all_stats', 'USAGE')
        THEN format('statements of other roles; as superuser: GRANT pg_monitor TO %I;', current_user)
END AS reason
"""


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
    SQL,
    judge,
    sums,
    BLIND,
    {"mean_ms": 1},
)

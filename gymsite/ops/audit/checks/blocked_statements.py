"""Statements that wait for a lock, and who holds it."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import quoted, span

LONG, TOO_LONG = 1, 30  # seconds

# from pg_locks, which every role may read; what the sessions say is null where it is
# hidden
SQL = """
WITH waiting AS (
    SELECT pid, min(waitstart) AS since, min(coalesce(relation::regclass::text, locktype)) AS lock
    FROM pg_locks WHERE NOT granted AND waitstart IS NOT NULL GROUP BY pid
)
SELECT w.pid::text AS subject, extract(epoch FROM clock_timestamp() - w.since)::float8 AS waits_for, w.lock,
    coalesce(a.query, '(hidden)') AS statement, b.pid AS blocker, b.usename AS blocker_role,
    coalesce(b.state, 'hidden') AS blocker_state, coalesce(b.query, '(hidden)') AS blocker_statement
FROM waiting w
JOIN pg_stat_activity a ON a.pid = w.pid AND a.datname = current_database()
LEFT JOIN LATERAL (
    SELECT * FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids(w.pid)) ORDER BY backend_start LIMIT 1
) b ON true
ORDER BY w.since
"""


def judge(row: Row) -> Finding | None:
    if row["waits_for"] < LONG:
        return None
    return Finding(
        Level.CRITICAL if row["waits_for"] >= TOO_LONG else Level.WARNING,
        row["subject"],
        f"Waits for {span(row['waits_for'])} on {row['lock']}: "
        f"{quoted(row['statement'], 80)} It is blocked by {row['blocker']} "
        f"({row['blocker_role']}, {row['blocker_state']}): "
        f"{quoted(row['blocker_statement'], 80)}",
        f"Let {row['blocker']} finish, or end it: SELECT "
        f"pg_terminate_backend({row['blocker']});",
    )


def sums(rows: Sequence[Row]) -> str:
    return f"{len(rows)} waiting just now"


CHECK = Check("blocked_statements", "Nobody waits for a lock.", SQL, judge, sums)

"""Sessions that opened a transaction and do nothing: they hold locks, and keep dead
rows from being cleared away."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.audit.sessions import HIDDEN
from gymsite.ops.reporting.figures import quoted, span

LONG, TOO_LONG = 60, 600  # seconds

SQL = """
SELECT pid::text AS subject, usename AS role, application_name AS application, client_addr::text AS client,
    extract(epoch FROM clock_timestamp() - state_change)::float8 AS idle_for,
    extract(epoch FROM clock_timestamp() - xact_start)::float8 AS open_for, left(query, 400) AS last_statement
FROM pg_stat_activity
WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()
ORDER BY state_change
"""


def judge(row: Row) -> Finding | None:
    if row["idle_for"] < LONG:
        return None
    return Finding(
        Level.CRITICAL if row["idle_for"] >= TOO_LONG else Level.WARNING,
        row["subject"],
        f"{row['role']} ({row['application'] or row['client'] or 'no name'}) has done "
        f"nothing for {span(row['idle_for'])} in a transaction that is open for "
        f"{span(row['open_for'])}, after: {quoted(row['last_statement'])}",
        f"SELECT pg_terminate_backend({row['subject']}); and against the next: ALTER "
        f"ROLE {row['role']} SET idle_in_transaction_session_timeout = '5min';",
    )


def sums(rows: Sequence[Row]) -> str:
    return f"{len(rows)} just now"


CHECK = Check(
    "idle_in_transaction",
    "No transaction stays open while nothing happens in it.",
    SQL,
    judge,
    sums,
    HIDDEN,
)

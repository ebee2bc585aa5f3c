"""Sessions that opened a transaction and do nothing.

They hold locks, and keep dead rows from being cleared away.
"""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import quoted, span
from gymsite.postgres.statements import statements

LONG, TOO_LONG = 60, 600  # seconds

SQL = statements("gymsite.ops.audit", "idle_in_transaction")
SESSIONS = statements("gymsite.ops.audit", "sessions")


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
    SQL.figures,
    judge,
    sums,
    SESSIONS.blind,
)

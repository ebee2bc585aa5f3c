"""Statements and transactions that have been running for long."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import quoted, span
from gymsite.postgres.statements import statements

LONG, TOO_LONG = 60, 1_800  # seconds

SQL = statements("gymsite.ops.audit", "long_statements")
SESSIONS = statements("gymsite.ops.audit", "sessions")


def judge(row: Row) -> Finding | None:
    if row["running_for"] < LONG:
        return None
    return Finding(
        Level.CRITICAL if row["running_for"] >= TOO_LONG else Level.WARNING,
        row["subject"],
        f"{row['role']} ({row['application'] or 'no name'}) runs for "
        f"{span(row['running_for'])}: {quoted(row['statement'])}",
        f"If nobody waits for it: SELECT pg_cancel_backend({row['subject']}); and "
        f"against the next: ALTER ROLE {row['role']} SET statement_timeout = '60s';",
    )


def sums(rows: Sequence[Row]) -> str:
    return f"{len(rows)} running just now"


CHECK = Check(
    "long_statements",
    "No statement runs for a minute.",
    SQL.figures,
    judge,
    sums,
    SESSIONS.blind,
)

"""Statements that wait for a lock, and who holds it."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import quoted, span
from gymsite.postgres.statements import statements

LONG, TOO_LONG = 1, 30  # seconds

SQL = statements("gymsite.ops.audit", "blocked_statements")


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


CHECK = Check(
    "blocked_statements", "Nobody waits for a lock.", SQL.figures, judge, sums
)

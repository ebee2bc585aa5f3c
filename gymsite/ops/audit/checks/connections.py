"""How many connections are used, of those that the server allows."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import percent
from gymsite.postgres.statements import statements

MANY, TOO_MANY = 0.8, 0.95  # the first is the reference's bound

SQL = statements("gymsite.ops.audit", "connections")


def judge(row: Row) -> Finding | None:
    share = row["used"] / row["allowed"]
    if share < MANY:
        return None
    return Finding(
        Level.CRITICAL if share >= TOO_MANY else Level.WARNING,
        row["subject"],
        f"{row['used']} of {row['allowed']} connections are used ({percent(share)}), "
        f"{row['here']} by this database.",
        "A few for each processor core do the work of hundreds: fewer gunicorn workers "
        "and threads, or a pooler (pgbouncer) before the server. max_connections needs "
        "a restart and memory.",
    )


def sums(rows: Sequence[Row]) -> str:
    (row,) = rows
    return f"{row['used']} of {row['allowed']} used, {row['here']} by this database"


CHECK = Check(
    "connections",
    "A fifth of the server's connections is free.",
    SQL.figures,
    judge,
    sums,
    tracks={"used": 1},
)

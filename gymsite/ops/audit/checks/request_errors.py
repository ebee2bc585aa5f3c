"""The share of the last day's requests that failed by a fault of ours (500 and up)."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import percent
from gymsite.postgres.statements import statements

MOST, TOO_MANY = 0.01, 0.05
FEWEST = 100  # samples

SQL = statements("gymsite.ops.audit", "request_errors")
REQUESTS = statements("gymsite.ops.audit", "requests")


def judge(row: Row) -> Finding | None:
    if row["requests"] < FEWEST or row["share"] <= MOST:
        return None
    return Finding(
        Level.CRITICAL if row["share"] > TOO_MANY else Level.WARNING,
        row["subject"],
        f"{row['errors']:,} of {row['requests']:,} sampled requests of a day failed "
        f"({percent(row['share'])}), most often {row['mostly']}.",
        "The tracebacks are in the log of the web process.",
    )


def sums(rows: Sequence[Row]) -> str:
    (row,) = rows
    return f"{row['errors']} of {row['requests']:,}"


CHECK = Check(
    "request_errors",
    "No more than 1% of the requests fail.",
    SQL.figures,
    judge,
    sums,
    REQUESTS.blind,
    {"share": 1},
)

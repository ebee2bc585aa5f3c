"""The share of requests that ended in an error of ours (a status of 500 and above),
over the last day."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.audit.requests import BLIND
from gymsite.ops.reporting.figures import percent

MOST, TOO_MANY = 0.01, 0.05
FEWEST = 100  # samples

SQL = """
SELECT 'all endpoints' AS subject, count(*) AS requests, count(*) FILTER (WHERE status >= 500) AS errors,
    coalesce(count(*) FILTER (WHERE status >= 500) / nullif(count(*), 0)::float8, 0) AS share,
    mode() WITHIN GROUP (ORDER BY endpoint) FILTER (WHERE status >= 500) AS mostly
FROM core_requestsample WHERE at > now() - interval '1 day' AND at <= now()
"""


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
    SQL,
    judge,
    sums,
    BLIND,
    {"share": 1},
)

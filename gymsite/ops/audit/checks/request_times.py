"""How long answers take, by endpoint and hour of the last day.

From the sampled requests (gymsite.web.sampling). The rows also have what else is told
of an hour (gymsite.ops.audit.hours).
"""

from collections.abc import Sequence

from gymsite.ops.audit.hours import ALL, DAY, TIMES
from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.audit", "request_times")
REQUESTS = statements("gymsite.ops.audit", "requests")
UNTIL_NOW = "infinity"


def judge(row: Row) -> Finding | None:
    over = [bound.says(row) for bound in TIMES if bound.is_passed_by(row)]
    if not (row["worst"] and over):
        return None
    return Finding(
        Level.WARNING,
        row["subject"],
        f"In the hour from {row['hour']} UTC: {', '.join(over)}, of "
        f"{row['requests']:,} sampled requests; {row['queries']:.0f} queries each, "
        f"{100 * (row['database_share'] or 0):.0f}% of the time in the database.",
        "Mostly in the database: slow_statements. Mostly outside of it: manage.py "
        "bench --only pages. In one hour only: what ran then.",
    )


def sums(rows: Sequence[Row]) -> str:
    endpoints = [row for row in rows if row["subject"] != ALL]
    worst = next(iter(endpoints), None)
    if worst is None:
        return "no request"
    count = sum(row["requests"] for row in endpoints)
    return (
        f"{count:,} sampled; slowest hour: {worst['subject']}, p95 "
        f"{worst['p95']:,.0f} ms"
    )


CHECK = Check(
    "request_times",
    "Each endpoint answers within 50, 200 and 500 ms (p50, p95, p99).",
    SQL.figures,
    judge,
    sums,
    REQUESTS.blind,
    values={"hours": DAY, "until": UNTIL_NOW},
)

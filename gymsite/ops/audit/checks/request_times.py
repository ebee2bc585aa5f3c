"""How long answers take, by endpoint and hour of the last day.

From the sampled requests (gymsite.web.sampling).
"""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.postgres.statements import statements

# ms that half, 95 and 99 of 100 requests may take, and how many samples an hour must
# have for each to mean anything
BOUNDS = (("p50", 50, 20), ("p95", 200, 40), ("p99", 500, 100))

SQL = statements("gymsite.ops.audit", "request_times")
REQUESTS = statements("gymsite.ops.audit", "requests")


def judge(row: Row) -> Finding | None:
    over = [f"{name} {row[name]:,.0f} ms ({most})" for name, most, _ in _exceeded(row)]
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


def _exceeded(row: Row) -> list[tuple[str, int, int]]:
    return [
        bound
        for bound in BOUNDS
        if row["requests"] >= bound[2] and row[bound[0]] > bound[1]
    ]


def sums(rows: Sequence[Row]) -> str:
    worst = next(iter(rows), None)
    if worst is None:
        return "no request"
    count = sum(row["requests"] for row in rows)
    return (
        f"{count:,} sampled in a day; slowest hour: {worst['subject']}, p95 "
        f"{worst['p95']:,.0f} ms"
    )


CHECK = Check(
    "request_times",
    "Each endpoint answers within 50, 200 and 500 ms (p50, p95, p99).",
    SQL.figures,
    judge,
    sums,
    REQUESTS.blind,
)

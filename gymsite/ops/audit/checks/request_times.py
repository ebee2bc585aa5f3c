"""How long answers take, by endpoint and hour of the last day, from the sampled
requests (gymsite.web.sampling)."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.audit.requests import BLIND

# ms that half, 95 and 99 of 100 requests may take, and how many samples an hour must
# have for each to mean anything
BOUNDS = (("p50", 50, 20), ("p95", 200, 40), ("p99", 500, 100))

# ``worst``: the endpoint's hour that a finding would be about
SQL = """
SELECT endpoint AS subject, to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:00') AS hour, requests, p[1] AS p50,
    p[2] AS p95, p[3] AS p99, database_share, queries,
    row_number() OVER (PARTITION BY endpoint ORDER BY requests >= 20 DESC, p[2] DESC) = 1 AS worst
FROM (
    SELECT endpoint, date_trunc('hour', at) AS hour, count(*) AS requests,
        percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY milliseconds) AS p,
        sum(database_milliseconds) / nullif(sum(milliseconds), 0) AS database_share, avg(queries)::float8 AS queries
    FROM core_requestsample WHERE at > now() - interval '1 day' AND at <= now()
    GROUP BY endpoint, date_trunc('hour', at)
) hours ORDER BY p[2] DESC, 1, 2
"""


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
    SQL,
    judge,
    sums,
    BLIND,
)

"""How many connections are used, of those that the server allows."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import percent

MANY, TOO_MANY = 0.8, 0.95  # the first is the reference's bound

# what kind a process is, is hidden from a role that may not see it; that it is
# somebody's and in a database is not
SQL = """
SELECT 'server' AS subject, count(*) AS used,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0) AS allowed,
    count(*) FILTER (WHERE datname = current_database()) AS here
FROM pg_stat_activity
WHERE coalesce(backend_type = 'client backend', datname IS NOT NULL AND usesysid IS NOT NULL)
"""


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
    SQL,
    judge,
    sums,
    tracks={"used": 1},
)

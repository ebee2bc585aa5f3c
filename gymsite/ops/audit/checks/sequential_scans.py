"""Big tables that are read whole, again and again: the sign of a missing index."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.postgres.statements import statements

# whole reads; a seed, a backup and the night's jobs make a few of their own
FEWEST = 50
MANY = 10_000  # rows read by each

SQL = statements("gymsite.ops.audit", "sequential_scans")


def judge(row: Row) -> Finding | None:
    if row["whole_reads"] < FEWEST or row["rows_a_read"] < MANY:
        return None
    return Finding(
        Level.WARNING,
        row["subject"],
        f"Read whole {row['whole_reads']:,} times, {row['rows_a_read']:,.0f} rows "
        "each.",
        "Find the statement (slow_statements, or auto_explain in the server's log), "
        "EXPLAIN it, and give its WHERE an index: CREATE INDEX CONCURRENTLY ... ON "
        f"{row['subject']} (...);",
    )


CHECK = Check(
    "sequential_scans",
    "No big table is read whole time and again.",
    SQL.figures,
    judge,
    tracks={"whole_reads": 1},
)

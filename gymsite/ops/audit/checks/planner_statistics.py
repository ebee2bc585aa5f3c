"""When each table was last analysed, and how much has changed since."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.postgres.statements import statements

FEWEST = 5_000  # rows
MOST = 0.3  # changed since: three times what makes autovacuum analyse by itself

SQL = statements("gymsite.ops.audit", "planner_statistics")


def judge(row: Row) -> Finding | None:
    if row["changed"] < FEWEST or row["changed"] < MOST * row["rows"]:
        return None
    return Finding(
        Level.WARNING,
        row["subject"],
        f"{row['changed']:,} of {row['rows']:,} rows changed since it was last "
        f"analysed ({row['last_analyze'] or 'never'}): plans are made for a table of "
        "another shape.",
        f"ANALYZE {row['subject']};",
    )


def sums(rows: Sequence[Row]) -> str:
    never = sum(not row["last_analyze"] for row in rows if row["rows"] >= FEWEST)
    return (
        f"{len(rows)} tables, {never} big ones never analysed since they were filled"
        if never
        else f"{len(rows)} tables"
    )


CHECK = Check(
    "planner_statistics",
    "The planner knows the tables as they are.",
    SQL.figures,
    judge,
    sums,
    tracks={"changed": 1},
)

"""Indexes that every write pays for and no read uses."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import largest, size, span
from gymsite.postgres.statements import statements

SMALLEST = 2**20  # bytes: a smaller one costs next to nothing
FEWEST = 1_000  # reads of the table by which the index had its chance
LONG_ENOUGH = 7 * 86_400  # seconds of statistics: what runs once a week has run

SQL = statements("gymsite.ops.audit", "unused_indexes")


def judge(row: Row) -> Finding | None:
    if (
        row["reads"]
        or row["keeps_a_promise"]
        or row["bytes"] < SMALLEST
        or row["table_reads"] < FEWEST
    ):
        return None
    return Finding(
        Level.WARNING if row["counted_for"] >= LONG_ENOUGH else Level.INFO,
        row["subject"],
        f"{size(row['bytes'])}, never read in {span(row['counted_for'])} of statistics "
        f"and {row['table_reads']:,} reads of {row['table']}.",
        "When no replica and no yearly job reads it either: DROP INDEX CONCURRENTLY "
        f"{row['subject']};",
    )


CHECK = Check(
    "unused_indexes",
    "Every index of a megabyte and more is read.",
    SQL.figures,
    judge,
    largest("bytes", size),
    tracks={"bytes": 1},
)

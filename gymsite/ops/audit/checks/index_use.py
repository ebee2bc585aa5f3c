"""How much each table is read by its indexes."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import percent
from gymsite.postgres.statements import statements

SMALLEST = 10_000  # rows: reading a small table whole is right
FEWEST = 1_000  # reads by which a share means something
LEAST = 0.99  # of the reads, by an index: the reference's target

SQL = statements("gymsite.ops.audit", "index_use")


def judge(row: Row) -> Finding | None:
    if (
        row["rows"] < SMALLEST
        or row["index_reads"] + row["whole_reads"] < FEWEST
        or row["ratio"] >= LEAST
    ):
        return None
    return Finding(
        Level.WARNING,
        row["subject"],
        f"{percent(row['ratio'])} of {row['index_reads'] + row['whole_reads']:,} reads "
        f"of its {row['rows']:,} rows went by an index; {percent(LEAST)} should.",
        "Find what reads it whole (slow_statements, then EXPLAIN) and give that an "
        f"index: on {row['subject']}.",
    )


def sums(rows) -> str:
    by_index = sum(row["index_reads"] for row in rows)
    whole = sum(row["whole_reads"] for row in rows if row["rows"] >= SMALLEST)
    return f"{by_index:,} reads by an index, {whole:,} of a big table whole"


CHECK = Check(
    "index_use",
    "Big tables are read by their indexes.",
    SQL.figures,
    judge,
    sums,
    tracks={"whole_share": 1},
)

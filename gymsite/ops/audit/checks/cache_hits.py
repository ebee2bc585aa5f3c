"""How much of what is read is in memory already."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import percent, span
from gymsite.postgres.statements import statements

FEWEST = 500_000  # blocks asked for, 4 GB: a fresh start says nothing
# seconds of statistics: before that a seed or a restore, which meets each block first,
# weighs most
LONG_ENOUGH = 3_600
LEAST = {"tables": 0.95, "indexes": 0.99}  # the second is the reference's target

SQL = statements("gymsite.ops.audit", "cache_hits")


def judge(row: Row) -> Finding | None:
    least = LEAST[row["subject"]]
    if row["hits"] + row["misses"] < FEWEST or 1 - row["miss_share"] >= least:
        return None
    return Finding(
        Level.WARNING if row["counted_for"] >= LONG_ENOUGH else Level.INFO,
        row["subject"],
        f"{percent(1 - row['miss_share'])} of the blocks were found in memory in "
        f"{span(row['counted_for'])} of statistics, {percent(least)} should be.",
        "Give the server more shared_buffers (a quarter of its memory), then look for "
        "statements that read too much (sequential_scans, slow_statements).",
    )


def sums(rows: Sequence[Row]) -> str:
    return ", ".join(
        f"{row['subject']} {percent(1 - row['miss_share'])}" for row in rows
    )


CHECK = Check(
    "cache_hits",
    "What is read is in memory already.",
    SQL.figures,
    judge,
    sums,
    tracks={"miss_share": 1},
)

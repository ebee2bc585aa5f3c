"""B-trees far larger than their entries, by the planner's statistics."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import largest, percent, size
from gymsite.postgres.statements import statements

SMALLEST = 16 * 2**20  # bytes
MOST = 0.6  # of the index; a B-tree grown by random keys is two thirds full

SQL = statements("gymsite.ops.audit", "index_bloat")


def judge(row: Row) -> Finding | None:
    if row["wasted"] < SMALLEST or row["share"] < MOST:
        return None
    return Finding(
        Level.WARNING,
        row["subject"],
        f"About {size(row['wasted'])} of {size(row['bytes'])} "
        f"({percent(row['share'])}) hold no entry of {row['table']}.",
        f"REINDEX INDEX CONCURRENTLY {row['subject']};",
    )


CHECK = Check(
    "index_bloat",
    "B-trees are at least two fifths full.",
    SQL.figures,
    judge,
    largest("wasted", size),
    tracks={"wasted": 1},
)

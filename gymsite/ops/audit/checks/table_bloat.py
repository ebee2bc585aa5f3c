"""Room in tables that rows left and nobody took, by the planner's statistics."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import percent, size
from gymsite.postgres.statements import statements

SMALLEST = 16 * 2**20  # bytes
MOST = 0.5  # of the table; half full is what steady updates make of one

SQL = statements("gymsite.ops.audit", "table_bloat")


def judge(row: Row) -> Finding | None:
    if row["wasted"] < SMALLEST or row["share"] < MOST:
        return None
    return Finding(
        Level.WARNING,
        row["subject"],
        f"About {size(row['wasted'])} of {size(row['bytes'])} "
        f"({percent(row['share'])}) hold no row.",
        f"VACUUM (ANALYZE) {row['subject']}; makes it room for new rows. To give it "
        "back to the disk, in a quiet hour (it locks the table): VACUUM FULL "
        f"{row['subject']};",
    )


def sums(rows: Sequence[Row]) -> str:
    return (
        f"about {size(sum(row['wasted'] for row in rows))} of "
        f"{size(sum(row['bytes'] for row in rows))} unused"
    )


CHECK = Check(
    "table_bloat",
    "Tables are at least half full.",
    SQL.figures,
    judge,
    sums,
    SQL.blind,
    {"wasted": 1},
)

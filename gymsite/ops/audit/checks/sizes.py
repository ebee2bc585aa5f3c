"""How large tables and their indexes are."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import size
from gymsite.postgres.statements import statements

SMALLEST = 64 * 2**20  # bytes of indexes from which their share matters
HEAVY = 3  # times the table itself

SQL = statements("gymsite.ops.audit", "sizes")


def judge(row: Row) -> Finding | None:
    if row["index_bytes"] < SMALLEST or row["index_bytes"] < HEAVY * row["table_bytes"]:
        return None
    return Finding(
        Level.INFO,
        row["subject"],
        f"Its indexes ({size(row['index_bytes'])}) weigh "
        f"{row['index_bytes'] / max(row['table_bytes'], 1):.1f} times its rows "
        f"({size(row['table_bytes'])}); each write keeps them all up.",
        "See unused_indexes, overlapping_indexes and index_bloat for "
        f"{row['subject']}.",
    )


def sums(rows: Sequence[Row]) -> str:
    tables, indexes = (
        sum(row["table_bytes"] for row in rows),
        sum(row["index_bytes"] for row in rows),
    )
    top = ", ".join(
        f"{row['subject']} {size(row['table_bytes'] + row['index_bytes'])}"
        for row in rows[:3]
    )
    return f"{size(tables)} of tables, {size(indexes)} of indexes; largest {top}"


CHECK = Check(
    "sizes",
    "Indexes weigh no more than three times their table.",
    SQL.figures,
    judge,
    sums,
    tracks={"table_bytes": 1, "index_bytes": 1},
)

"""An index that is the beginning of a longer one."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import size
from gymsite.postgres.statements import statements

OVER = 2**20  # bytes below which two are no burden
# How much longer the other's entries may be: a far shorter index is quicker to read,
# and may be kept for that.
SHORTER = 0.4

SQL = statements("gymsite.ops.audit", "overlapping_indexes")


def judge(row: Row) -> Finding | None:
    if row["other_bytes"] < OVER or row["bytes"] < SHORTER * row["other_bytes"]:
        return None
    return Finding(
        Level.INFO,
        row["subject"],
        f"{row['covered_by']} of {row['table']} begins with the same columns: what it "
        f"finds, that finds too ({size(row['bytes'])} beside "
        f"{size(row['other_bytes'])}).",
        "Try the plans without it (manage.py indexlab), then: DROP INDEX CONCURRENTLY "
        f"{row['subject']};",
    )


def sums(rows) -> str:
    return (
        ", ".join(f"{row['subject']} in {row['covered_by']}" for row in rows)
        or "none overlap"
    )


CHECK = Check(
    "overlapping_indexes",
    "No big index is the beginning of another.",
    SQL.figures,
    judge,
    sums,
)

"""How far the oldest rows are behind in transaction numbers.

Where these run out, the server stops taking writes.
"""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import percent
from gymsite.postgres.statements import statements

# of the 2**31 - 3 million at which the server refuses new ones; autovacuum sets out at
# a tenth by itself
NEAR, VERY_NEAR = 0.25, 0.5
END = 2**31 - 3_000_000

SQL = statements("gymsite.ops.audit", "wraparound")


def judge(row: Row) -> Finding | None:
    age = max(row["transactions"], row["multixacts"])
    if age < NEAR * END:
        return None
    return Finding(
        Level.CRITICAL if age >= VERY_NEAR * END else Level.WARNING,
        row["subject"],
        f"Its oldest row is {age:,} transactions old, {percent(age / END)} of the way "
        "to where all writes stop.",
        f"VACUUM (FREEZE, VERBOSE) {row['table']}; first end what keeps old rows "
        "(idle_in_transaction, replication, SELECT * FROM pg_prepared_xacts).",
    )


def sums(rows: Sequence[Row]) -> str:
    age = max(max(row["transactions"], row["multixacts"]) for row in rows)
    return f"{age:,} transactions, {percent(age / END)} of the way"


CHECK = Check(
    "wraparound",
    "Old rows are frozen in time.",
    SQL.figures,
    judge,
    sums,
    tracks={"transactions": 1, "multixacts": 1},
)

"""Sequences and integer keys that come near their end."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import largest, percent
from gymsite.postgres.statements import statements

NEAR, VERY_NEAR = 0.5, 0.8  # of the numbers there are

SQL = statements("gymsite.ops.audit", "key_space")


def judge(row: Row) -> Finding | None:
    if row["share"] is None or row["share"] < NEAR:
        return None
    column = (
        f"{row['table']}.{row['column']} ({row['type']})"
        if row["table"]
        else "no column"
    )
    widen = (
        f"ALTER TABLE {row['table']} ALTER COLUMN {row['column']} TYPE bigint; "
        "rewrites the table under a lock, so add a bigint column beside it, fill it in "
        f"batches and exchange the two. ALTER SEQUENCE {row['subject']} AS bigint;"
        if row["type"] in ("integer", "smallint")
        else f"ALTER SEQUENCE {row['subject']} AS bigint NO MAXVALUE;"
    )
    return Finding(
        Level.CRITICAL if row["share"] >= VERY_NEAR else Level.WARNING,
        row["subject"],
        f"{row['last']:,} of {row['end']:,} are used ({percent(row['share'])}) for "
        f"{column}.",
        widen,
    )


CHECK = Check(
    "key_space",
    "Sequences and integer keys are less than half used.",
    SQL.figures,
    judge,
    largest("share", percent),
    SQL.blind,
    {"share": 1},
)

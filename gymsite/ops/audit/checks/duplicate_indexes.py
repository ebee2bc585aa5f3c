"""Two indexes of a table that are one and the same."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import size
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.audit", "duplicate_indexes")


def judge(row: Row) -> Finding | None:
    if not row["duplicate"]:
        return None
    drop = (
        f"ALTER TABLE {row['table']} DROP CONSTRAINT {row['constraint']};"
        if row["of_constraint"]
        else f"DROP INDEX CONCURRENTLY {row['subject']};"
    )
    return Finding(
        Level.WARNING,
        row["subject"],
        f"The same as {row['kept']} of {row['table']}: {size(row['bytes'])} for "
        "nothing.",
        drop,
    )


CHECK = Check(
    "duplicate_indexes", "No two indexes of a table are the same.", SQL.figures, judge
)

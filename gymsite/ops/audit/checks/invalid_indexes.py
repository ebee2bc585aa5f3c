"""Indexes that a failed CREATE INDEX CONCURRENTLY left: written, never read."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import quoted
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.audit", "invalid_indexes")


def judge(row: Row) -> Finding | None:
    doubled = " Its rows are not unique: clear them up first." if row["unique"] else ""
    return Finding(
        Level.CRITICAL if row["unique"] else Level.WARNING,
        row["subject"],
        f"A build of it on {row['table']} broke off: each write pays for it, no query "
        f"uses it, and it keeps nothing unique. ({quoted(row['definition'])})",
        f"REINDEX INDEX CONCURRENTLY {row['subject']}; or, if nobody wants it, DROP "
        f"INDEX CONCURRENTLY {row['subject']};{doubled}",
    )


def sums(rows) -> str:
    return f"{len(rows)} invalid"


CHECK = Check("invalid_indexes", "Every index is valid.", SQL.figures, judge, sums)

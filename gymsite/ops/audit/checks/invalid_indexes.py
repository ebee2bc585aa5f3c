"""Indexes that a failed CREATE INDEX CONCURRENTLY left behind: written, and never
read."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import quoted

# what is being built right now is not valid yet and no fault
SQL = """
SELECT i.indexrelid::regclass::text AS subject, i.indrelid::regclass::text AS table, i.indisunique AS unique,
    pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT (i.indisvalid AND i.indisready) AND c.relkind = 'i'
    AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
ORDER BY 1
"""


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


CHECK = Check("invalid_indexes", "Every index is valid.", SQL, judge, sums)

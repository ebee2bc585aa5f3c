"""Two indexes of a table that are one and the same."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import size

# The one to keep comes first: of a constraint, then unique, then the older. A plain one
# is a duplicate of a unique one.
SQL = """
WITH indexes AS (
    SELECT i.indexrelid, i.indrelid, i.indisunique, c.relam, i.indkey::text AS columns, i.indclass::text AS classes,
        i.indcollation::text AS collations, i.indoption::text AS options, i.indnkeyatts AS keys,
        coalesce(pg_get_expr(i.indexprs, i.indrelid), '') AS expressions,
        coalesce(pg_get_expr(i.indpred, i.indrelid), '') AS predicate,
        EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND conrelid = i.indrelid) AS of_constraint
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE i.indisvalid AND NOT i.indisexclusion AND NOT c.relispartition
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
), twins AS (
    SELECT *, first_value(indexrelid) OVER same AS kept, row_number() OVER same AS place FROM indexes
    WINDOW same AS (
        PARTITION BY indrelid, relam, columns, classes, collations, options, keys, expressions, predicate
        ORDER BY of_constraint DESC, indisunique DESC, indexrelid
    )
)
SELECT indexrelid::regclass::text AS subject, indrelid::regclass::text AS table, kept::regclass::text AS kept,
    of_constraint, place > 1 AS duplicate, pg_relation_size(indexrelid) AS bytes,
    (SELECT conname FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid LIMIT 1) AS constraint
FROM twins ORDER BY 1
"""


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
    "duplicate_indexes", "No two indexes of a table are the same.", SQL, judge
)

"""An index that is the beginning of a longer one."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import size

OVER = 2**20  # bytes below which two are no burden
# How much longer the other's entries may be: a far shorter index is quicker to read,
# and may be kept for that.
SHORTER = 0.4

# Not unique (a unique one keeps a promise), B-tree, the same rows, and column for
# column the start of the other.
SQL = """
WITH indexes AS (
    SELECT i.*, c.relname, pg_relation_size(i.indexrelid) AS bytes, (indkey::int2[])[0:indnkeyatts - 1] AS keys,
        (indclass::oid[])[0:indnkeyatts - 1] AS classes, (indcollation::oid[])[0:indnkeyatts - 1] AS collations,
        (indoption::int2[])[0:indnkeyatts - 1] AS options,
        coalesce(pg_get_expr(indpred, indrelid), '') AS predicate
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_am a ON a.oid = c.relam AND a.amname = 'btree'
    WHERE i.indisvalid AND i.indexprs IS NULL AND NOT c.relispartition
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
)
SELECT short.indexrelid::regclass::text AS subject, short.indrelid::regclass::text AS table,
    long.indexrelid::regclass::text AS covered_by, short.bytes, long.bytes AS other_bytes
FROM indexes short JOIN indexes long ON long.indrelid = short.indrelid AND long.predicate = short.predicate
    AND long.indnkeyatts > short.indnkeyatts AND short.indnatts = short.indnkeyatts
    AND short.keys = long.keys[1:short.indnkeyatts] AND short.classes = long.classes[1:short.indnkeyatts]
    AND short.collations = long.collations[1:short.indnkeyatts] AND short.options = long.options[1:short.indnkeyatts]
WHERE NOT short.indisunique ORDER BY 1, 3
"""


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
    "overlapping_indexes", "No big index is the beginning of another.", SQL, judge, sums
)

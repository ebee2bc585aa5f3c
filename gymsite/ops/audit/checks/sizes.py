"""How large tables and their indexes are."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import size

SMALLEST = 64 * 2**20  # bytes of indexes from which their share matters
HEAVY = 3  # times the table itself

# a partitioned table is as large as its partitions together
SQL = """
WITH parts AS (
    SELECT CASE WHEN c.relispartition THEN pg_partition_root(c.oid)::oid ELSE c.oid END AS root, c.oid, c.reltuples
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'
)
SELECT root::regclass::text AS subject, count(*) AS parts, sum(greatest(reltuples, 0))::bigint AS rows,
    sum(pg_table_size(oid))::bigint AS table_bytes, sum(pg_indexes_size(oid))::bigint AS index_bytes
FROM parts GROUP BY root ORDER BY sum(pg_total_relation_size(oid)) DESC, 1
"""


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
    SQL,
    judge,
    sums,
    tracks={"table_bytes": 1, "index_bytes": 1},
)

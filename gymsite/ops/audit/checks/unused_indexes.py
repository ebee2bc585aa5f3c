"""Indexes that every write pays for and no read uses."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import largest, size, span

SMALLEST = 2**20  # bytes: a smaller one costs next to nothing
FEWEST = 1_000  # reads of the table by which the index had its chance
LONG_ENOUGH = 7 * 86_400  # seconds of statistics: what runs once a week has run

# what keeps a promise (a key, a constraint) is needed whether it is read or not
SQL = """
SELECT s.indexrelid::regclass::text AS subject, s.relid::regclass::text AS table, s.idx_scan AS reads,
    pg_relation_size(s.indexrelid) AS bytes, t.seq_scan + t.idx_scan AS table_reads,
    i.indisunique OR i.indisexclusion AS keeps_a_promise,
    extract(epoch FROM now() - coalesce(d.stats_reset, pg_postmaster_start_time()))::float8 AS counted_for
FROM pg_stat_user_indexes s
JOIN pg_index i USING (indexrelid)
JOIN pg_stat_user_tables t ON t.relid = s.relid
JOIN pg_stat_database d ON d.datname = current_database()
ORDER BY bytes DESC, 1
"""


def judge(row: Row) -> Finding | None:
    if (
        row["reads"]
        or row["keeps_a_promise"]
        or row["bytes"] < SMALLEST
        or row["table_reads"] < FEWEST
    ):
        return None
    return Finding(
        Level.WARNING if row["counted_for"] >= LONG_ENOUGH else Level.INFO,
        row["subject"],
        f"{size(row['bytes'])}, never read in {span(row['counted_for'])} of statistics "
        f"and {row['table_reads']:,} reads of {row['table']}.",
        "When no replica and no yearly job reads it either: DROP INDEX CONCURRENTLY "
        f"{row['subject']};",
    )


CHECK = Check(
    "unused_indexes",
    "Every index of a megabyte and more is read.",
    SQL,
    judge,
    largest("bytes", size),
    tracks={"bytes": 1},
)

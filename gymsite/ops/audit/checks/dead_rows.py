"""Rows that were updated or deleted and not cleared away yet."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import largest, percent

FEWEST = 5_000
MOST = 0.2  # of the table: autovacuum's own threshold, so it is late or switched off

SQL = """
SELECT relid::regclass::text AS subject, n_live_tup AS rows, n_dead_tup AS dead,
    n_dead_tup::float8 / greatest(n_live_tup + n_dead_tup, 1) AS share,
    to_char(greatest(last_vacuum, last_autovacuum) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS last_vacuum,
    coalesce((SELECT option_value FROM pg_class c, pg_options_to_table(c.reloptions)
        WHERE c.oid = relid AND option_name = 'autovacuum_enabled'), 'true') AS autovacuum
FROM pg_stat_user_tables ORDER BY n_dead_tup DESC, 1
"""


def judge(row: Row) -> Finding | None:
    if row["dead"] < FEWEST or row["share"] < MOST:
        return None
    off = row["autovacuum"] in ("false", "off", "0", "no")
    again = f" ALTER TABLE {row['subject']} RESET (autovacuum_enabled);" if off else ""
    return Finding(
        Level.WARNING,
        row["subject"],
        f"{row['dead']:,} dead rows, {percent(row['share'])} of the table; last vacuum "
        f"{row['last_vacuum'] or 'never'}{', autovacuum is switched off for it' if off else ''}.",
        f"VACUUM (ANALYZE) {row['subject']};{again} If they come back, look for what "
        "keeps them (idle_in_transaction, long_statements, replication).",
    )


CHECK = Check(
    "dead_rows",
    "Dead rows are cleared away.",
    SQL,
    judge,
    largest("dead", lambda count: f"{count:,}"),
    tracks={"dead": 1},
)

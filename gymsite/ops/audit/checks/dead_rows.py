"""Rows that were updated or deleted and not cleared away yet."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import largest, percent
from gymsite.postgres.statements import statements

FEWEST = 5_000
MOST = 0.2  # of the table: autovacuum's own threshold, so it is late or switched off

SQL = statements("gymsite.ops.audit", "dead_rows")


def judge(row: Row) -> Finding | None:
    if row["dead"] < FEWEST or row["share"] < MOST:
        return None
    off = again = ""
    if row["autovacuum"] in ("false", "off", "0", "no"):
        off = ", autovacuum is switched off for it"
        again = f" ALTER TABLE {row['subject']} RESET (autovacuum_enabled);"
    return Finding(
        Level.WARNING,
        row["subject"],
        f"{row['dead']:,} dead rows, {percent(row['share'])} of the table; last vacuum "
        f"{row['last_vacuum'] or 'never'}{off}.",
        f"VACUUM (ANALYZE) {row['subject']};{again} If they come back, look for what "
        "keeps them (idle_in_transaction, long_statements, replication).",
    )


CHECK = Check(
    "dead_rows",
    "Dead rows are cleared away.",
    SQL.figures,
    judge,
    largest("dead", lambda count: f"{count:,}"),
    tracks={"dead": 1},
)

"""Monthly partitions made ahead: without this month's, no row can be written."""

from collections.abc import Sequence

from ..model import Check, Finding, Level, Row

# A table partitioned by ranges of time, and for each of this month and the next whether a partition holds its first
# instant that is still to come. A default partition takes the row, but keeps the month's own from being made later.
SQL = """
WITH bounds AS (
    SELECT p.partrelid AS parent, (regexp_match(expression, $$FROM \\('([^']+)'\\)$$))[1]::timestamptz AS low,
        (regexp_match(expression, $$TO \\('([^']+)'\\)$$))[1]::timestamptz AS high
    FROM pg_partitioned_table p
    JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
        AND a.atttypid = 'timestamptz'::regtype
    LEFT JOIN pg_inherits i ON i.inhparent = p.partrelid
    LEFT JOIN pg_class c ON c.oid = i.inhrelid
    LEFT JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) expression ON true
    WHERE p.partstrat = 'r' AND p.partnatts = 1
), wanted AS (
    SELECT DISTINCT parent, n, date_trunc('month', now(), 'UTC') + n * interval '1 month' AS first
    FROM bounds, generate_series(0, 1) n
)
SELECT parent::regclass || ' ' || to_char(first AT TIME ZONE 'UTC', 'YYYY-MM') AS subject,
    parent::regclass::text AS table, n AS months_ahead,
    EXISTS (SELECT FROM bounds b WHERE b.parent = w.parent AND greatest(first, now()) >= low
        AND greatest(first, now()) < high) AS made,
    to_char(first AT TIME ZONE 'UTC', '"_"YYYY_MM') AS suffix, first::text AS low,
    (first + interval '1 month')::text AS high
FROM wanted w ORDER BY 1
"""


def judge(row: Row) -> Finding | None:
    if row["made"]:
        return None
    now = not row["months_ahead"]
    return Finding(
        Level.CRITICAL if now else Level.WARNING,
        row["subject"],
        f"{row['table']} has no partition for {'this' if now else 'the next'} month:"
        f" {'no row can be written' if now else 'from then on no row can be written'}.",
        f"CREATE TABLE {row['table']}{row['suffix']} PARTITION OF {row['table']} FOR VALUES FROM ('{row['low']}') TO"
        f" ('{row['high']}'); and see that the worker runs: its jobs make_partitions do that each night.",
    )


def sums(rows: Sequence[Row]) -> str:
    return f"{sum(row['made'] for row in rows)} of {len(rows)} made, of {len({row['table'] for row in rows})} tables"


CHECK = Check("partitions", "This month's and the next month's partitions are made.", SQL, judge, sums)

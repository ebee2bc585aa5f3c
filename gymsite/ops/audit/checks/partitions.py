"""Monthly partitions made ahead: what comes without its month goes to the default
partition, or nowhere."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row

# A table partitioned by ranges of time, and for each of this month and the next whether
# a partition holds its first instant that is still to come; then each default
# partition, and whether it holds rows, where this role may look. ts_stat is the one
# function of every PostgreSQL that runs a query whose table is known only by its row
# here.
SQL = """
WITH bounds AS (
    SELECT p.partrelid AS parent, p.partdefid AS otherwise,
        (regexp_match(expression, $$FROM \\('([^']+)'\\)$$))[1]::timestamptz AS low,
        (regexp_match(expression, $$TO \\('([^']+)'\\)$$))[1]::timestamptz AS high
    FROM pg_partitioned_table p
    JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
        AND a.atttypid = 'timestamptz'::regtype
    LEFT JOIN pg_inherits i ON i.inhparent = p.partrelid
    LEFT JOIN pg_class c ON c.oid = i.inhrelid
    LEFT JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) expression ON true
    WHERE p.partstrat = 'r' AND p.partnatts = 1
), wanted AS (
    SELECT DISTINCT parent, otherwise, n, date_trunc('month', now(), 'UTC') + n * interval '1 month' AS first
    FROM bounds, generate_series(0, 1) n
)
SELECT parent::regclass || ' ' || to_char(first AT TIME ZONE 'UTC', 'YYYY-MM') AS subject,
    parent::regclass::text AS table, n AS months_ahead,
    EXISTS (SELECT FROM bounds b WHERE b.parent = w.parent AND greatest(first, now()) >= low
        AND greatest(first, now()) < high) AS made,
    otherwise <> 0 AS has_default, NULL::bool AS default_holds_rows
FROM wanted w
UNION ALL
SELECT otherwise::regclass::text, parent::regclass::text, NULL, NULL, true,
    CASE WHEN has_table_privilege(otherwise, 'SELECT') THEN EXISTS (
        SELECT FROM ts_stat(format($$SELECT 'a'::tsvector FROM %s LIMIT 1$$, otherwise::regclass))) END
FROM (SELECT DISTINCT parent, otherwise FROM bounds WHERE otherwise <> 0) defaults
ORDER BY 1
"""


def judge(row: Row) -> Finding | None:
    says = _default_says(row) if row["months_ahead"] is None else _month_says(row)
    if not says:
        return None
    level = (
        Level.WARNING if row["has_default"] or row["months_ahead"] else Level.CRITICAL
    )
    return Finding(level, row["subject"], says, _remedy(row["table"]))


def _default_says(row: Row) -> str:
    if not row["default_holds_rows"]:
        return ""
    return (
        f"{row['subject']} holds rows whose months were not made in time: each query "
        f"of {row['table']} reads it."
    )


def _month_says(row: Row) -> str:
    if row["made"]:
        return ""
    lost = (
        "rows go to its default partition"
        if row["has_default"]
        else "no row can be written"
    )
    this = not row["months_ahead"]
    when = "this month: " if this else "the next month: from then on "
    return f"{row['table']} has no partition for {when}{lost}."


def _remedy(table: str) -> str:
    job = f"{table.partition('_')[0]}.make_partitions"
    return (
        f"See that the worker runs: its job {job} makes months, and moves rows into "
        f"them, when it starts and each night; `manage.py procrastinate defer {job}` "
        "starts it now."
    )


def sums(rows: Sequence[Row]) -> str:
    months = [row for row in rows if row["months_ahead"] is not None]
    return (
        f"{sum(row['made'] for row in months)} of {len(months)} made, of "
        f"{len({row['table'] for row in rows})} tables"
    )


CHECK = Check(
    "partitions",
    "This month's and the next month's partitions are made, and no default one holds "
    "rows.",
    SQL,
    judge,
    sums,
)

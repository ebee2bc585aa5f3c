-- name: figures
-- A table partitioned by ranges of time, and for each of this month and the next
-- whether a partition holds its first instant that is still to come; then each default
-- partition, and whether it holds rows, where this role may look. ts_stat is the one
-- function of every PostgreSQL that runs a query whose table is known only by its row
-- here.
WITH bounds AS (
    SELECT p.partrelid AS parent,
           p.partdefid AS otherwise,
           (regexp_match(expression, $$FROM \('([^']+)'\)$$))[1]::timestamptz AS low,
           (regexp_match(expression, $$TO \('([^']+)'\)$$))[1]::timestamptz AS high
    FROM pg_partitioned_table p
    JOIN pg_attribute a
        ON a.attrelid = p.partrelid
        AND a.attnum = p.partattrs[0]
        AND a.atttypid = 'timestamptz'::regtype
    LEFT JOIN pg_inherits i ON i.inhparent = p.partrelid
    LEFT JOIN pg_class c ON c.oid = i.inhrelid
    LEFT JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) expression ON true
    WHERE p.partstrat = 'r' AND p.partnatts = 1
), wanted AS (
    SELECT DISTINCT
        parent,
        otherwise,
        n,
        date_trunc('month', now(), 'UTC') + n * interval '1 month' AS first
    FROM bounds, generate_series(0, 1) n
)
SELECT parent::regclass || ' ' || to_char(first AT TIME ZONE 'UTC', 'YYYY-MM')
           AS subject,
       parent::regclass::text AS table,
       n AS months_ahead,
       EXISTS (
           SELECT
           FROM bounds b
           WHERE b.parent = w.parent
             AND greatest(first, now()) >= low
             AND greatest(first, now()) < high
       ) AS made,
       otherwise <> 0 AS has_default,
       NULL::bool AS default_holds_rows
FROM wanted w
UNION ALL
SELECT otherwise::regclass::text,
       parent::regclass::text,
       NULL,
       NULL,
       true,
       CASE WHEN has_table_privilege(otherwise, 'SELECT') THEN EXISTS (
           SELECT
           FROM ts_stat(
               $$SELECT 'a'::tsvector FROM $$ || otherwise::regclass || ' LIMIT 1'
           )
       ) END
FROM (SELECT DISTINCT parent, otherwise FROM bounds WHERE otherwise <> 0) defaults
ORDER BY 1;

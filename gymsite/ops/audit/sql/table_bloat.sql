-- name: figures
-- What each table weighs, and what its rows need by the planner's statistics. A row is
-- its header (23 bytes, more with nulls), its values by their mean widths, padding, and
-- 4 bytes in the page's directory; 8168 bytes of a page hold rows. Where a column has
-- no statistics the table is left out.
WITH widths AS (
    SELECT c.oid,
           c.relpages,
           c.reltuples,
           pg_relation_size(c.oid) AS bytes,
           coalesce((
               SELECT option_value::float8 / 100
               FROM pg_options_to_table(c.reloptions)
               WHERE option_name = 'fillfactor'
           ), 1) AS filled,
           sum((1 - s.null_frac) * s.avg_width) AS width,
           bool_or(s.null_frac > 0) AS nulls,
           count(*) AS columns,
           count(s.attname) AS known
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_stats s
        ON s.schemaname = n.nspname
        AND s.tablename = c.relname
        AND s.attname = a.attname
        AND NOT s.inherited
    WHERE c.relkind = 'r'
      AND c.reltuples > 0
      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    GROUP BY c.oid
), estimates AS (
    SELECT *,
           ceil(
               reltuples * (8 * ceil(header / 8.0) + 8 * ceil(width / 8) + 4)
                   / (8168 * filled)
           ) * current_setting('block_size')::int AS needed
    FROM widths,
    LATERAL (SELECT 23 + CASE WHEN nulls THEN columns / 8 + 1 ELSE 1 END AS header) a
    WHERE known = columns
)
SELECT oid::regclass::text AS subject,
       bytes,
       greatest(bytes - needed, 0)::bigint AS wasted,
       greatest(1 - needed / nullif(bytes, 0), 0)::float8 AS share
FROM estimates
WHERE bytes > 0
ORDER BY wasted DESC, 1;

-- name: blind
-- Tables whose statistics this role may not read, or that have none.
SELECT count(*) FILTER (WHERE NOT known) || ' of ' || count(*) || ' tables have no'
       || ' statistics that ' || current_user || ' may read; GRANT pg_read_all_data TO '
       || current_user || ', or ANALYZE them' AS reason
FROM (
    SELECT EXISTS (
        SELECT FROM pg_stats WHERE schemaname = n.nspname AND tablename = relname
    ) AS known
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r'
      AND reltuples > 0
      AND nspname NOT IN ('pg_catalog', 'information_schema')
) tables
HAVING count(*) FILTER (WHERE NOT known) > 0;

-- name: figures
-- What each B-tree weighs, and what its entries need by the planner's statistics. An
-- entry is its tuple's header (8 bytes), its values by their mean widths, padding, and
-- 4 bytes in the page's directory; a freshly built leaf is filled to nine tenths. Equal
-- keys share an entry, so this never says too much.
WITH widths AS (
    SELECT i.indexrelid,
           i.indrelid,
           x.reltuples,
           pg_relation_size(i.indexrelid) AS bytes,
           i.indnatts,
           sum((1 - s.null_frac) * s.avg_width) AS width,
           count(s.attname) AS known
    FROM pg_index i
    JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_am m ON m.oid = x.relam AND m.amname = 'btree'
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute k ON k.attrelid = i.indexrelid
    LEFT JOIN pg_attribute a
        ON a.attrelid = i.indrelid
        AND a.attnum = i.indkey[k.attnum - 1]
        AND a.attnum > 0
    LEFT JOIN pg_stats s
        ON s.schemaname = n.nspname
        AND NOT s.inherited
        AND (
            s.tablename = c.relname AND s.attname = a.attname
            OR a.attname IS NULL AND s.tablename = x.relname AND s.attname = k.attname
        )
    WHERE i.indisvalid
      AND x.relkind = 'i'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND x.reltuples > 0
    GROUP BY i.indexrelid, i.indrelid, x.reltuples, i.indnatts
), estimates AS (
    SELECT *,
           ceil(reltuples * (8 + 8 * ceil(width / 8) + 4) / (8150 * 0.9) + 1)
               * current_setting('block_size')::int AS needed
    FROM widths
    WHERE known = indnatts
)
SELECT indexrelid::regclass::text AS subject,
       indrelid::regclass::text AS table,
       bytes,
       greatest(bytes - needed, 0)::bigint AS wasted,
       greatest(1 - needed / nullif(bytes, 0), 0)::float8 AS share
FROM estimates
ORDER BY wasted DESC, 1;

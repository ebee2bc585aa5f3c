-- name: figures
-- What each table and its indexes weigh. A partitioned table is as large as its
-- partitions together.
WITH parts AS (
    SELECT CASE WHEN c.relispartition
               THEN pg_partition_root(c.oid)::oid
               ELSE c.oid
           END AS root,
           c.oid,
           c.reltuples
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname !~ '^pg_'
)
SELECT root::regclass::text AS subject,
       count(*) AS parts,
       sum(greatest(reltuples, 0))::bigint AS rows,
       sum(pg_table_size(oid))::bigint AS table_bytes,
       sum(pg_indexes_size(oid))::bigint AS index_bytes
FROM parts
GROUP BY root
ORDER BY sum(pg_total_relation_size(oid)) DESC, 1;

-- name: tables
-- One row for each table that holds rows, a partition too, with the whole table that it
-- belongs to.
SELECT part.relname AS name,
       coalesce(root.relname, part.relname) AS whole,
       greatest(part.reltuples, 0)::bigint AS rows,
       part.relpages AS pages
FROM pg_class part
LEFT JOIN pg_class root ON root.oid = pg_partition_root(part.oid)
WHERE part.relkind = 'r' AND part.relnamespace = 'public'::regnamespace;

-- name: indexes
-- One row for each index, with the sum of its partitions' sizes and their names.
SELECT root.relname AS name,
       own.relname AS table,
       kept.conname AS constraint,
       coalesce(kept.contype = 'p', false) AS is_primary,
       pg_get_indexdef(root.oid) AS definition,
       i.indisvalid AS is_valid,
       (
           SELECT sum(pg_relation_size(relid))::bigint
           FROM (
               SELECT root.oid::regclass AS relid
               UNION
               SELECT relid FROM pg_partition_tree(root.oid)
           ) part
       ) AS size,
       (
           SELECT array_agg(relid::regclass::text)
           FROM pg_partition_tree(root.oid)
       ) AS parts
FROM pg_index i
JOIN pg_class root ON root.oid = i.indexrelid
JOIN pg_class own ON own.oid = i.indrelid
LEFT JOIN pg_constraint kept
    ON kept.conindid = root.oid
    AND kept.contype IN ('p', 'u', 'x')
    AND kept.conrelid = own.oid
WHERE NOT root.relispartition AND root.relnamespace = 'public'::regnamespace;

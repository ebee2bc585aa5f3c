-- name: figures
-- Indexes that are not valid. What is being built right now is not valid yet and no
-- fault.
SELECT i.indexrelid::regclass::text AS subject,
       i.indrelid::regclass::text AS table,
       i.indisunique AS unique,
       pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT (i.indisvalid AND i.indisready)
  AND c.relkind = 'i'
  AND NOT EXISTS (
      SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid
  )
ORDER BY 1;

-- name: things
-- Of one schema's tables: indexes that belong to no constraint, and constraints, but
-- NOT NULL (which 18 lists too). Partitions have theirs from their parent.
-- parameters: schema oid
SELECT t.relname AS table,
       'index' AS kind,
       c.relname AS name,
       pg_get_indexdef(c.oid) AS definition,
       i.indisvalid AND i.indisready AS valid,
       t.relkind = 'p' AS partitioned
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace = %(schema)s
  AND t.relkind IN ('r', 'p')
  AND NOT t.relispartition
  AND NOT EXISTS (
      SELECT
      FROM pg_constraint k
      WHERE k.conindid = c.oid AND k.conrelid = t.oid
  )
UNION ALL
SELECT t.relname,
       CASE k.contype
           WHEN 'p' THEN 'primary key'
           WHEN 'u' THEN 'unique'
           WHEN 'x' THEN 'exclusion'
           WHEN 'c' THEN 'check'
           ELSE 'foreign key'
       END,
       k.conname,
       pg_get_constraintdef(k.oid),
       k.convalidated AND coalesce(i.indisvalid AND i.indisready, true),
       t.relkind = 'p'
FROM pg_constraint k
JOIN pg_class t ON t.oid = k.conrelid
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
WHERE t.relnamespace = %(schema)s
  AND t.relkind IN ('r', 'p')
  AND NOT t.relispartition
  AND k.contype IN ('p', 'u', 'x', 'c', 'f');

-- name: tables
-- The product's tables, by the apps that they belong to.
-- parameters: apps text[]
SELECT relname AS name
FROM pg_class
WHERE relkind IN ('r', 'p')
  AND NOT relispartition
  AND relnamespace = 'public'::regnamespace
  AND split_part(relname, '_', 1) = ANY (%(apps)s);

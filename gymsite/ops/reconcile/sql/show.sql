-- name: rows
-- Of all tables together, as the planner knows it: every size is right to a percent
-- once it was analyzed.
SELECT coalesce(sum(reltuples), 0)::bigint AS rows
FROM pg_class
WHERE relkind = 'r'
  AND reltuples > 0
  AND relnamespace = current_schema::regnamespace;

-- name: deadlocks
-- How often a database has ended one.
-- parameters: name name
SELECT deadlocks
FROM pg_stat_database
WHERE datname = %(name)s;

-- name: is_there
-- A row where there is a database of that name.
-- parameters: name name
SELECT datname
FROM pg_database
WHERE datname = %(name)s;

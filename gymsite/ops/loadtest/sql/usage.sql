-- name: processes
-- The server's processes that work for a database: its own ones, too, which belong to
-- none. Who asks is left out.
-- parameters: name name
SELECT pid,
       backend_type = 'client backend' AND datname = %(name)s AS counts,
       coalesce(state, '') AS state,
       coalesce(wait_event_type, '') = 'Lock' AS waits
FROM pg_stat_activity
WHERE (datname = %(name)s OR datname IS NULL) AND pid <> pg_backend_pid();

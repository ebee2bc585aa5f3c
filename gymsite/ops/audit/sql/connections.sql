-- name: figures
-- Connections that are used, of those that are not reserved. From a role that may not
-- see it the kind of a process is hidden; that it is somebody's and in a database is
-- not.
SELECT 'server' AS subject,
       count(*) AS used,
       current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0) AS allowed,
       count(*) FILTER (WHERE datname = current_database()) AS here
FROM pg_stat_activity
WHERE coalesce(
    backend_type = 'client backend',
    datname IS NOT NULL AND usesysid IS NOT NULL
);

-- name: figures
-- Statements that run in this database.
SELECT pid::text AS subject,
       usename AS role,
       application_name AS application,
       extract(epoch FROM clock_timestamp() - query_start)::float8 AS running_for,
       extract(epoch FROM clock_timestamp() - xact_start)::float8 AS open_for,
       substr(query, 1, 400) AS statement
FROM pg_stat_activity
WHERE datname = current_database()
  AND state = 'active'
  AND backend_type = 'client backend'
  AND pid <> pg_backend_pid()
ORDER BY query_start;

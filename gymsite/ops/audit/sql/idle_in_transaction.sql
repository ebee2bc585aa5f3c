-- name: figures
-- Sessions of this database that do nothing in an open transaction.
SELECT pid::text AS subject,
       usename AS role,
       application_name AS application,
       client_addr::text AS client,
       extract(epoch FROM clock_timestamp() - state_change)::float8 AS idle_for,
       extract(epoch FROM clock_timestamp() - xact_start)::float8 AS open_for,
       substr(query, 1, 400) AS last_statement
FROM pg_stat_activity
WHERE datname = current_database()
  AND starts_with(state, 'idle in transaction')
  AND pid <> pg_backend_pid()
ORDER BY state_change;

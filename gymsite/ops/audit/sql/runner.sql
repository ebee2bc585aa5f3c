-- name: server
-- Where and as whom the audit runs, and how many seconds its statistics go back.
SELECT current_database() AS database,
       current_setting('server_version') AS version,
       current_user AS role,
       rolsuper AS superuser,
       pg_has_role('pg_read_all_stats', 'USAGE') AS sees_everybody,
       extract(
           epoch FROM now() - coalesce(d.stats_reset, pg_postmaster_start_time())
       )::float8 AS counted_for
FROM pg_roles, pg_stat_database d
WHERE rolname = current_user AND d.datname = current_database();

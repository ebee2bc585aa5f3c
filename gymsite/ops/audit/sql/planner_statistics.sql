-- name: figures
-- Rows of each table that changed since the planner last looked.
SELECT relid::regclass::text AS subject,
       n_live_tup AS rows,
       n_mod_since_analyze AS changed,
       to_char(
           greatest(last_analyze, last_autoanalyze) AT TIME ZONE 'UTC',
           'YYYY-MM-DD HH24:MI'
       ) AS last_analyze,
       to_char(
           greatest(last_vacuum, last_autovacuum) AT TIME ZONE 'UTC',
           'YYYY-MM-DD HH24:MI'
       ) AS last_vacuum
FROM pg_stat_user_tables
ORDER BY n_mod_since_analyze DESC, 1;

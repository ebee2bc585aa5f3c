-- name: figures
-- Dead rows of each table, and whether autovacuum looks after it.
SELECT relid::regclass::text AS subject,
       n_live_tup AS rows,
       n_dead_tup AS dead,
       n_dead_tup::float8 / greatest(n_live_tup + n_dead_tup, 1) AS share,
       to_char(
           greatest(last_vacuum, last_autovacuum) AT TIME ZONE 'UTC',
           'YYYY-MM-DD HH24:MI'
       ) AS last_vacuum,
       coalesce((
           SELECT option_value
           FROM pg_class c, pg_options_to_table(c.reloptions)
           WHERE c.oid = relid AND option_name = 'autovacuum_enabled'
       ), 'true') AS autovacuum
FROM pg_stat_user_tables
ORDER BY n_dead_tup DESC, 1;

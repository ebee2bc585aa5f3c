-- name: figures
-- The hundred statements that took most time.
SELECT queryid::text AS subject,
       substr(regexp_replace(query, '\s+', ' ', 'g'), 1, 400) AS statement,
       calls,
       mean_exec_time AS mean_ms,
       max_exec_time AS max_ms,
       total_exec_time AS total_ms,
       total_exec_time / nullif(sum(total_exec_time) OVER (), 0) AS share,
       rows
FROM pg_stat_statements s
JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
WHERE s.queryid IS NOT NULL
ORDER BY total_exec_time DESC
LIMIT 100;

-- name: blind
-- Why pg_stat_statements shows nothing, or not everything.
SELECT CASE
    WHEN strpos(
        coalesce(current_setting('shared_preload_libraries', true), ''),
        'pg_stat_statements'
    ) = 0 AND NOT EXISTS (
        SELECT FROM pg_extension WHERE extname = 'pg_stat_statements'
    ) THEN 'pg_stat_statements is not loaded. Put it into shared_preload_libraries and'
        ' restart the server, then as superuser in this database:'
        ' CREATE EXTENSION pg_stat_statements;'
    WHEN NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')
        THEN 'as superuser, in this database: CREATE EXTENSION pg_stat_statements;'
    WHEN NOT pg_has_role('pg_read_all_stats', 'USAGE')
        THEN 'statements of other roles; as superuser: GRANT pg_monitor TO '
            || quote_ident(current_user) || ';'
END AS reason;

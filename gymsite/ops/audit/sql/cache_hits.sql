-- name: figures
-- Blocks of tables and of indexes that were found in memory, and that were not.
SELECT *
FROM (
    SELECT 'tables' AS subject,
           coalesce(sum(heap_blks_hit), 0)::bigint AS hits,
           coalesce(sum(heap_blks_read), 0)::bigint AS misses
    FROM pg_statio_user_tables
    UNION ALL
    SELECT 'indexes',
           coalesce(sum(idx_blks_hit), 0)::bigint,
           coalesce(sum(idx_blks_read), 0)::bigint
    FROM pg_statio_user_indexes
) kinds,
LATERAL (SELECT misses::float8 / greatest(hits + misses, 1) AS miss_share) shares,
(
    SELECT extract(
               epoch FROM now() - coalesce(stats_reset, pg_postmaster_start_time())
           )::float8 AS counted_for
    FROM pg_stat_database
    WHERE datname = current_database()
) age;

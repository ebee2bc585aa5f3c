-- name: figures
-- How often each table was read by an index, and how often whole.
SELECT relid::regclass::text AS subject,
       n_live_tup AS rows,
       coalesce(idx_scan, 0) AS index_reads,
       seq_scan AS whole_reads,
       coalesce(idx_scan::float8 / nullif(idx_scan + seq_scan, 0), 1) AS ratio,
       1 - coalesce(idx_scan::float8 / nullif(idx_scan + seq_scan, 0), 1) AS whole_share
FROM pg_stat_user_tables
ORDER BY seq_tup_read DESC, 1;

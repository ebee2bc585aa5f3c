-- name: figures
-- How often each table was read whole, and how many rows that brought.
SELECT relid::regclass::text AS subject,
       seq_scan AS whole_reads,
       n_live_tup AS rows,
       (seq_tup_read::float8 / greatest(seq_scan, 1)) AS rows_a_read
FROM pg_stat_user_tables
WHERE seq_scan > 0
ORDER BY seq_tup_read DESC, 1;

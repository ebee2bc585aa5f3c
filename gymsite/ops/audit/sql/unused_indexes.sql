-- name: figures
-- How often each index and its table are read. What keeps a promise (a key, a
-- constraint) is needed whether it is read or not.
SELECT s.indexrelid::regclass::text AS subject,
       s.relid::regclass::text AS table,
       s.idx_scan AS reads,
       pg_relation_size(s.indexrelid) AS bytes,
       t.seq_scan + t.idx_scan AS table_reads,
       i.indisunique OR i.indisexclusion AS keeps_a_promise,
       extract(
           epoch FROM now() - coalesce(d.stats_reset, pg_postmaster_start_time())
       )::float8 AS counted_for
FROM pg_stat_user_indexes s
JOIN pg_index i USING (indexrelid)
JOIN pg_stat_user_tables t ON t.relid = s.relid
JOIN pg_stat_database d ON d.datname = current_database()
ORDER BY bytes DESC, 1;

-- name: figures
-- Standbys and slots of a primary and how far each is behind, or this standby's own
-- lag.
SELECT 'standby '
           || coalesce(nullif(application_name, ''), client_addr::text, pid::text)
           AS subject,
       state,
       coalesce(extract(epoch FROM replay_lag), 0)::float8 AS seconds,
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::float8 AS bytes
FROM pg_stat_replication
WHERE NOT pg_is_in_recovery()
UNION ALL
SELECT 'slot ' || slot_name,
       CASE WHEN active THEN 'active' ELSE 'inactive' END,
       0,
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::float8
FROM pg_replication_slots
WHERE NOT pg_is_in_recovery() AND NOT temporary
UNION ALL
SELECT 'this standby',
       'replaying',
       extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8,
       pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::float8
WHERE pg_is_in_recovery();

-- name: blind
-- Whether there is a standby at all, everybody may see; how far it is, not.
SELECT 'how far ' || count(*) || ' standbys are behind; as superuser: GRANT pg_monitor'
       || ' TO ' || quote_ident(current_user) || ';' AS reason
FROM pg_stat_replication
WHERE NOT pg_has_role('pg_read_all_stats', 'USAGE')
HAVING count(*) > 0;

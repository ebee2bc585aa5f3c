-- name: figures
-- Sessions that wait for a lock, each with one that holds it. Every role may read
-- pg_locks; what the sessions say is null where it is hidden.
WITH waiting AS (
    SELECT pid,
           min(waitstart) AS since,
           min(coalesce(relation::regclass::text, locktype)) AS lock
    FROM pg_locks
    WHERE NOT granted AND waitstart IS NOT NULL
    GROUP BY pid
)
SELECT w.pid::text AS subject,
       extract(epoch FROM clock_timestamp() - w.since)::float8 AS waits_for,
       w.lock,
       coalesce(a.query, '(hidden)') AS statement,
       b.pid AS blocker,
       b.usename AS blocker_role,
       coalesce(b.state, 'hidden') AS blocker_state,
       coalesce(b.query, '(hidden)') AS blocker_statement
FROM waiting w
JOIN pg_stat_activity a ON a.pid = w.pid AND a.datname = current_database()
LEFT JOIN LATERAL (
    SELECT *
    FROM pg_stat_activity
    WHERE pid = ANY (pg_blocking_pids(w.pid))
    ORDER BY backend_start
    LIMIT 1
) b ON true
ORDER BY w.since;

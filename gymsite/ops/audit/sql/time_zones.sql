-- name: figures
-- For each zone of active branches, the hours of the next year at which its offset (in
-- seconds) is a new one. What PostgreSQL does not know is not asked for: that would be
-- an error.
WITH zones AS MATERIALIZED (
    SELECT time_zone AS zone,
           count(*) AS branches,
           time_zone IN (SELECT name FROM pg_timezone_names) AS known
    FROM core_branch
    WHERE is_active
    GROUP BY time_zone
), hours AS (
    SELECT zone,
           at,
           CASE WHEN known THEN
               extract(epoch FROM at AT TIME ZONE zone - at AT TIME ZONE 'UTC')::int
           END AS seconds
    FROM zones,
    generate_series(
        date_bin('1 hour', now(), 'epoch'), now() + interval '1 year', '1 hour'
    ) AS at
), changes AS (
    SELECT zone,
           extract(epoch FROM at)::bigint AS at,
           seconds,
           lag(seconds) OVER (PARTITION BY zone ORDER BY at) IS DISTINCT FROM seconds
               AS is_new
    FROM hours
)
SELECT zone AS subject,
       branches,
       known,
       min(at) AS since,
       max(at) AS until,
       array_agg(at ORDER BY at) FILTER (WHERE is_new) AS at,
       array_agg(seconds ORDER BY at) FILTER (WHERE is_new) AS seconds
FROM zones
JOIN changes USING (zone)
GROUP BY zone, branches, known
ORDER BY zone;

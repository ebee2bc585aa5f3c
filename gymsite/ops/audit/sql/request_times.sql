-- name: figures
-- Times of sampled requests by endpoint and hour of one day. ``worst`` is the
-- endpoint's hour that a finding would be about.
SELECT endpoint AS subject,
       to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:00') AS hour,
       requests,
       p[1] AS p50,
       p[2] AS p95,
       p[3] AS p99,
       database_share,
       queries,
       row_number() OVER (
           PARTITION BY endpoint
           ORDER BY requests >= 20 DESC, p[2] DESC
       ) = 1 AS worst
FROM (
    SELECT endpoint,
           date_trunc('hour', at) AS hour,
           count(*) AS requests,
           percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY milliseconds)
               AS p,
           sum(database_milliseconds) / nullif(sum(milliseconds), 0) AS database_share,
           avg(queries)::float8 AS queries
    FROM core_requestsample
    WHERE at > now() - interval '1 day' AND at <= now()
    GROUP BY endpoint, date_trunc('hour', at)
) hours
ORDER BY p[2] DESC, 1, 2;

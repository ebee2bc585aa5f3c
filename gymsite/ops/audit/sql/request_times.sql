-- name: figures
-- What answering took and how it went, hour by hour, of each endpoint and of all
-- endpoints together: of so many whole hours before ``until`` or now, whichever is
-- earlier, and of the hour that has begun by then. ``kept_share`` is of the parts of
-- pages that were in the process already, ``slow_share`` of the requests that had a
-- query of over 100 ms, most often ``slow_query``; ``worst`` is the hour of an endpoint
-- that a finding would be about.
-- parameters: hours integer, until timestamptz
-- indexes: core_requestsample_at
SELECT subject,
       to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:00') AS hour,
       requests,
       average,
       p[1] AS p50,
       p[2] AS p95,
       p[3] AS p99,
       hits + misses AS parts,
       hits::float8 / nullif(hits + misses, 0) AS kept_share,
       slow::float8 / requests AS slow_share,
       slow_query,
       errors,
       errors::float8 / requests AS failed_share,
       database_share,
       queries,
       row_number() OVER (
           PARTITION BY subject
           ORDER BY requests >= 20 DESC, p[2] DESC
       ) = 1 AS worst
FROM (
    SELECT coalesce(endpoint, 'all endpoints') AS subject,
           hour,
           count(*) AS requests,
           avg(milliseconds) AS average,
           percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY milliseconds)
               AS p,
           sum(hits) AS hits,
           sum(misses) AS misses,
           count(*) FILTER (WHERE longest_milliseconds > 100) AS slow,
           mode() WITHIN GROUP (ORDER BY slow_query) FILTER (WHERE slow_query <> '')
               AS slow_query,
           count(*) FILTER (WHERE status >= 500) AS errors,
           sum(database_milliseconds) / nullif(sum(milliseconds), 0) AS database_share,
           avg(queries)::float8 AS queries
    FROM (
        SELECT *, date_trunc('hour', at, 'UTC') AS hour
        FROM core_requestsample
        WHERE at >= date_trunc('hour', least(%(until)s::timestamptz, now()), 'UTC')
                - make_interval(hours => %(hours)s::integer)
          AND at < least(%(until)s::timestamptz, now())
    ) recent
    GROUP BY GROUPING SETS ((endpoint, hour), (hour))
) hours
ORDER BY p[2] DESC, 1, 2;

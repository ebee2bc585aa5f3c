-- name: figures
-- Sampled requests of one day, and how many of them failed by a fault of ours.
SELECT 'all endpoints' AS subject,
       count(*) AS requests,
       count(*) FILTER (WHERE status >= 500) AS errors,
       coalesce(
           count(*) FILTER (WHERE status >= 500) / nullif(count(*), 0)::float8, 0
       ) AS share,
       mode() WITHIN GROUP (ORDER BY endpoint) FILTER (WHERE status >= 500) AS mostly
FROM core_requestsample
WHERE at > now() - interval '1 day' AND at <= now();

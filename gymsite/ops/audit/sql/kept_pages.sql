-- name: figures
-- Parts of pages that were kept, and that were drawn anew, by endpoint over one day.
SELECT endpoint AS subject,
       sum(hits)::bigint AS hits,
       sum(misses)::bigint AS misses,
       sum(misses)::float8 / sum(hits + misses) AS miss_share
FROM core_requestsample
WHERE at > now() - interval '1 day' AND at <= now() AND hits + misses > 0
GROUP BY endpoint
ORDER BY misses DESC, 1;

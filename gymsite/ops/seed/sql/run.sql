-- name: people
-- Users there are, and how many of them no seed made.
SELECT count(*) AS all,
       count(*) FILTER (WHERE id > coalesce((
           SELECT max((data->>'users')::bigint)
           FROM core_event
           WHERE kind = 'seeded'
       ), 0)) AS real
FROM core_user;

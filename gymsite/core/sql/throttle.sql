-- name: count_hit
-- A try of a key. Its row is written whether or not the window has passed, so two tries
-- at once count as two.
-- parameters: key varchar, now timestamptz, since timestamptz
INSERT INTO core_throttle AS t (key, started_at, hits)
VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN t.started_at > %(since)s THEN t.hits + 1 ELSE 1 END,
    started_at = CASE WHEN t.started_at > %(since)s THEN t.started_at ELSE %(now)s END
RETURNING hits, started_at;

-- name: hits
-- The tries of a key in its window.
-- parameters: key varchar, since timestamptz
SELECT hits, started_at
FROM core_throttle
WHERE key = %(key)s AND started_at > %(since)s;

-- name: forget
-- The tries of a key count no more.
-- parameters: key varchar
DELETE FROM core_throttle
WHERE key = %(key)s;

-- name: claim
-- The row is taken when the key is new, a day old, or was claimed by a request whose
-- connection is no more. As long as a request lives, however long a payment takes, its
-- connection holds the advisory lock of its claim; a killed process lets go of it.
-- Otherwise the first arm returns nothing and the second reads what is there.
-- parameters: owner bigint, key varchar, fingerprint bytea, now timestamptz
-- parameters: expired timestamptz, claims int
WITH taken AS (
    INSERT INTO core_idempotencykey AS k (
        owner, key, fingerprint, created_at, content_type
    )
    VALUES (%(owner)s, %(key)s, %(fingerprint)s, %(now)s, '')
    ON CONFLICT (owner, key) DO UPDATE
        SET fingerprint = EXCLUDED.fingerprint,
            created_at = EXCLUDED.created_at,
            status = NULL,
            body = NULL
        WHERE k.created_at < %(expired)s
           OR (
               k.status IS NULL
               AND k.fingerprint = EXCLUDED.fingerprint
               AND NOT EXISTS (
                   SELECT
                   FROM pg_locks
                   WHERE locktype = 'advisory'
                     AND classid = %(claims)s::oid
                     AND objid = (k.id & 2147483647)::oid
                     AND database = (
                         SELECT oid FROM pg_database WHERE datname = current_database()
                     )
               )
           )
    RETURNING id, pg_try_advisory_lock(%(claims)s, (id & 2147483647)::int)
)
SELECT id,
       true AS is_ours,
       NULL::bytea AS fingerprint,
       NULL::smallint AS status,
       NULL::varchar AS content_type,
       NULL::bytea AS body
FROM taken
UNION ALL
SELECT id, false, fingerprint, status, content_type, body
FROM core_idempotencykey
WHERE owner = %(owner)s AND key = %(key)s AND NOT EXISTS (SELECT FROM taken);

-- name: keep
-- An answer, by whoever has the claim, who lets go of it; whoever wants it meanwhile
-- waits for the row.
-- parameters: id bigint, at timestamptz, status smallint, content_type varchar
-- parameters: body bytea, claims int
UPDATE core_idempotencykey
SET status = %(status)s, content_type = %(content_type)s, body = %(body)s
WHERE id = %(id)s AND created_at = %(at)s AND status IS NULL
RETURNING pg_advisory_unlock(%(claims)s, (id & 2147483647)::int) AS is_free;

-- name: release
-- The key is forgotten, and the claim let go of.
-- parameters: id bigint, at timestamptz, claims int
DELETE FROM core_idempotencykey
WHERE id = %(id)s AND created_at = %(at)s AND status IS NULL
RETURNING pg_advisory_unlock(%(claims)s, (id & 2147483647)::int) AS is_free;

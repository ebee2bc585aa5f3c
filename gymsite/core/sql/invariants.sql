-- name: token_opens_one_log_in
-- No token opens two log-ins of the API that stand, neither as access nor as refresh
-- token nor as one used up.
-- tables: core_apisession
SELECT token, count(*), min(id), max(id)
FROM (
    SELECT id, access_hash AS token
    FROM core_apisession
    WHERE is_active
    UNION ALL
    SELECT id, refresh_hash
    FROM core_apisession
    WHERE is_active
    UNION ALL
    SELECT id, replaced_hash
    FROM core_apisession
    WHERE is_active AND replaced_hash IS NOT NULL
) tokens
GROUP BY token
HAVING count(*) > 1;

-- name: log_in_is_hashed_and_in_time
-- A log-in keeps SHA-256 hashes of its tokens, has used up one exactly when it was
-- refreshed, and ends after it began.
-- tables: core_apisession
SELECT id
FROM core_apisession
WHERE octet_length(access_hash) <> 32
   OR octet_length(refresh_hash) <> 32
   OR octet_length(replaced_hash) <> 32
   OR (replaced_hash IS NULL) <> (refreshed_at IS NULL)
   OR refreshed_at < created_at - interval '1 minute'
   OR refreshed_at > expires_at;

-- name: kept_answer_is_whole
-- An idempotency key has the fingerprint of its request and, once it was answered, a
-- status and a body.
-- tables: core_idempotencykey
SELECT id, owner, status
FROM core_idempotencykey
WHERE octet_length(fingerprint) <> 32
   OR (status IS NULL) <> (body IS NULL)
   OR status NOT BETWEEN 200 AND 599;

-- name: outbox_holds_events
-- What waits for its notices is an event, due no earlier than it happened.
-- tables: core_outbox, core_event
SELECT o.event_id, o.due_at, e.at
FROM core_outbox o
LEFT JOIN core_event e ON e.id = o.event_id
WHERE e.id IS NULL OR o.due_at < e.at;

-- name: rotate
-- A new pair of tokens for a refresh token that is good, user and all: a replay that
-- ends the session at once can't come between the change and its answer.
-- parameters: old bytea, new bytea, access bytea, now timestamptz
-- parameters: access_expires_at timestamptz
-- indexes: core_apisession_refresh_unique
UPDATE core_apisession s
SET replaced_hash = s.refresh_hash,
    refresh_hash = %(new)s,
    access_hash = %(access)s,
    access_expires_at = %(access_expires_at)s,
    refreshed_at = %(now)s
FROM core_user u
WHERE s.refresh_hash = %(old)s
  AND s.is_active
  AND s.expires_at > %(now)s
  AND u.id = s.user_id
  AND u.is_active
RETURNING s.user_id;

-- name: end_family
-- Ends the log-in that a refresh token is of, and tells whose it was.
-- parameters: family bytea, now timestamptz
-- indexes: core_apisession_family_unique
UPDATE core_apisession
SET is_active = false
WHERE family_hash = %(family)s AND is_active
RETURNING user_id, client, expires_at > %(now)s AS was_live;

-- name: opened
-- The live key of a secret with its partner. That it was used is noted once a minute,
-- so that a busy key is no hot row.
-- parameters: secret bytea, now timestamptz, noted timestamptz
-- indexes: partners_apikey_secret_unique
WITH used AS (
    UPDATE partners_apikey
    SET last_used_at = %(now)s
    WHERE secret_hash = %(secret)s
      AND is_active
      AND (expires_at IS NULL OR expires_at > %(now)s)
      AND (last_used_at IS NULL OR last_used_at < %(noted)s)
)
SELECT k.id, k.name, k.prefix, k.scopes, k.requests_a_minute, k.expires_at,
       p.id AS partner_id, p.name AS partner, p.slug
FROM partners_apikey k
JOIN partners_partner p ON p.id = k.partner_id
WHERE k.secret_hash = %(secret)s
  AND k.is_active
  AND (k.expires_at IS NULL OR k.expires_at > %(now)s)
  AND p.is_active;

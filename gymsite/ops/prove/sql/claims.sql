-- name: sessions
-- The log-ins of these members whose refresh token was used.
-- parameters: members bigint[]
SELECT user_id AS member, access_hash, refresh_hash, is_active
FROM core_apisession
WHERE client = 'prove'
  AND user_id = ANY (%(members)s)
  AND replaced_hash IS NOT NULL;

-- name: packs
-- The packs of a kind that these members have, and how often each member paid.
-- parameters: members bigint[], pack bigint
SELECT m.member_id AS member,
       m.id,
       (
           SELECT count(*)
           FROM payments_payment p
           WHERE p.member_id = m.member_id AND p.gateway = 'desk'
       ) AS payments
FROM memberships_membership m
WHERE m.member_id = ANY (%(members)s) AND m.plan_id = %(pack)s;

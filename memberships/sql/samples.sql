-- name: member
-- Somebody with a membership that stands, to measure with.
SELECT member_id
FROM memberships_membership
WHERE status = 'active'
ORDER BY hashint8(id)
LIMIT 1;

-- name: member_and_day
-- The same, and today as some day.
SELECT member_id, current_date AS day
FROM memberships_membership
WHERE status = 'active'
ORDER BY hashint8(id)
LIMIT 1;

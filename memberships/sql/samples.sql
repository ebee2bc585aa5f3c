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

-- name: branch_and_months
-- The branch with most accounts, this month and the one before.
SELECT home_branch_id AS branch_id,
       (date_trunc('month', current_date) - interval '1 month')::date AS first,
       current_date AS last
FROM core_user
GROUP BY home_branch_id
ORDER BY count(*) DESC, home_branch_id
LIMIT 1;

-- name: entitlements
-- Every membership of a member that has not ended, as of a class on a day.
-- parameters: member bigint, day date
-- indexes: memberships_of_member, memberships_allowance_one_a_period
SELECT * FROM memberships_entitlements(%(member)s::bigint, %(day)s::date);

-- name: entitlements_of_today
-- The same as of the member's own day: at the branch they go to, or else at their
-- membership's. MATERIALIZED, since a function does not become a part of the statement
-- where a subquery stands for its argument.
-- parameters: member bigint, now timestamptz
-- indexes: memberships_of_member, memberships_allowance_one_a_period
WITH here AS MATERIALIZED (
    SELECT (
        SELECT (%(now)s::timestamptz AT TIME ZONE branch.time_zone)::date
        FROM core_branch branch
        WHERE branch.id = coalesce(
            (SELECT home_branch_id FROM core_user WHERE id = %(member)s),
            (SELECT branch_id
             FROM memberships_membership
             WHERE member_id = %(member)s AND status <> 'ended'
             ORDER BY is_base DESC, id
             LIMIT 1)
        )
    ) AS today
)
SELECT here.today,
       (SELECT json_agg(entitlement)
        FROM memberships_entitlements(%(member)s::bigint, here.today) entitlement
       ) AS entitlements
FROM here;

-- name: appointment_packs
-- A member's packs of appointments that are good at a branch on a day, with what is
-- left of them: the one that ends first is used first.
-- parameters: member bigint, branch bigint, day date
-- indexes: memberships_of_member, memberships_allowance_one_a_period
SELECT entitlement.membership_id, entitlement.plan_name, entitlement.ends_on,
       entitlement.allowance_id, entitlement.granted, entitlement.used,
       entitlement.was_paid
FROM memberships_entitlements(%(member)s::bigint, %(day)s::date) entitlement
WHERE entitlement.includes_appointments AND entitlement.status = 'active'
  AND entitlement.starts_on <= %(day)s::date AND entitlement.ends_on >= %(day)s::date
  AND coalesce(entitlement.branch_id, %(branch)s::bigint) = %(branch)s::bigint
ORDER BY entitlement.ends_on, entitlement.membership_id;

-- name: packs_have_an_allowance
-- A class pack has exactly one allowance, from its first day to its last, or later if
-- the pack was ended early.
-- tables: memberships_membership, memberships_allowance
SELECT m.id
FROM memberships_membership m
LEFT JOIN memberships_allowance a ON a.membership_id = m.id
WHERE m.kind = 'pack'
GROUP BY m.id
HAVING count(a.id) <> 1
    OR min(a.starts_on) <> m.starts_on
    OR max(a.ends_on) < m.ends_on
    OR max(a.ends_on) > m.ends_on AND m.ended_at IS NULL;

-- name: allowance_of_its_period
-- An allowance is of a limited membership, and counts one calendar week or month, as
-- its terms have it.
-- tables: memberships_membership, memberships_allowance
SELECT a.id
FROM memberships_allowance a
JOIN memberships_membership m ON m.id = a.membership_id
WHERE m.kind = 'unlimited'
   OR m.kind = 'per_period' AND (
        a.starts_on <> date_trunc(m.period, a.starts_on::timestamp)
        OR a.ends_on <> a.starts_on + ('1 ' || m.period)::interval - interval '1 day'
    );

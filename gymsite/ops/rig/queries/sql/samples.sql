-- name: owner
-- Who sees every branch's lists.
SELECT id AS user_id
FROM core_user
WHERE role = 'owner' AND is_active
ORDER BY id
LIMIT 1;

-- name: desk
-- Who sees the lists of one branch.
SELECT id AS user_id
FROM core_user
WHERE role IN ('front_desk', 'manager') AND is_active AND home_branch_id IS NOT NULL
ORDER BY id
LIMIT 1;

-- name: owner_and_payer
-- The owner, and a member whose payments are looked up.
SELECT u.id AS user_id,
       (
           SELECT member_id
           FROM payments_payment
           WHERE member_id IS NOT NULL
           ORDER BY hashint8(id)
           LIMIT 1
       ) AS member
FROM core_user u
WHERE u.role = 'owner' AND u.is_active
ORDER BY u.id
LIMIT 1;

-- name: username
-- What a member logs in by.
SELECT username AS name, now() AS now
FROM core_user
WHERE role = 'member'
ORDER BY hashint8(id)
LIMIT 1;

-- name: email
-- The same, by mail.
SELECT email AS name, now() AS now
FROM core_user
WHERE role = 'member'
ORDER BY hashint8(id)
LIMIT 1;

-- name: nobodys_token
-- A refresh token that is not there costs what one does that is.
SELECT 'nobody''s' AS refresh_token, now() AS now;

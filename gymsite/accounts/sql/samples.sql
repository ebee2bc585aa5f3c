-- name: reader
-- Who has most messages, or anybody where nobody has one.
SELECT coalesce(
    (
        SELECT user_id
        FROM core_notification
        GROUP BY user_id
        ORDER BY count(*) DESC, user_id
        LIMIT 1
    ),
    (SELECT min(id) FROM core_user),
    1
) AS user_id;

-- name: name_begins
-- How a member's first and last name begin.
SELECT substr(first_name, 1, 4) || ' ' || substr(last_name, 1, 4) AS text
FROM core_user
WHERE role = 'member'
ORDER BY hashint8(id)
LIMIT 1;

-- name: email
-- A member's address.
SELECT email AS text
FROM core_user
WHERE role = 'member'
ORDER BY hashint8(id)
LIMIT 1;

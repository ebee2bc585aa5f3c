-- name: branches
-- Every branch in use.
SELECT slug
FROM core_branch
WHERE is_active
ORDER BY id;

-- name: trainers
-- Accounts of trainers in use.
SELECT t.user_id
FROM bookings_trainer t
JOIN core_user u ON u.id = t.user_id
WHERE t.is_active AND u.is_active
ORDER BY hashint8(t.id)
LIMIT 500;

-- name: sessions
-- Sessions of a week that can be booked.
-- parameters: first date
SELECT id
FROM bookings_classsession
WHERE status = 'scheduled'
  AND waitlist_length = 0
  AND session_date BETWEEN %(first)s::date AND %(first)s::date + 6
  AND starts_at < now() + interval '13 days'
ORDER BY hashint8(id)
LIMIT 2000;

-- name: lines
-- Sessions that somebody waits for.
SELECT id
FROM bookings_classsession
WHERE waitlist_length > 0
ORDER BY hashint8(id)
LIMIT 200;

-- name: full_sessions
-- Sessions without a place, one to thirteen days ahead.
-- parameters: now timestamptz
SELECT id
FROM bookings_classsession
WHERE status = 'scheduled'
  AND booked_count = capacity
  AND starts_at > %(now)s + interval '1 day'
  AND starts_at < %(now)s + interval '13 days'
ORDER BY hashint8(id)
LIMIT 2000;

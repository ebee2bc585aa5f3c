-- name: to_follow_up
-- A trainer's clients of the last 60 days who missed their last appointment, or have
-- none booked within 14 days after it; the latest first.
-- parameters: trainer bigint, now timestamptz
-- indexes: bookings_appt_trainer_time, bookings_appt_client_time
SELECT last.client_id,
       COALESCE(NULLIF(btrim(u.first_name || ' ' || u.last_name), ''), u.username)
           AS client,
       last.status = 'no_show' AS missed, last.starts_at AS last_at, last.time_zone,
       next.starts_at AS next_at
FROM (
    SELECT DISTINCT ON (a.client_id) a.client_id, a.status, a.starts_at, a.time_zone
    FROM bookings_appointment a
    WHERE a.trainer_id = %(trainer)s
      AND a.status IN ('booked', 'confirmed', 'checked_in', 'completed', 'no_show')
      AND a.starts_at > %(now)s::timestamptz - interval '60 days'
      AND a.starts_at <= %(now)s::timestamptz
    ORDER BY a.client_id, a.starts_at DESC
) last
JOIN core_user u ON u.id = last.client_id AND u.is_active
LEFT JOIN LATERAL (
    SELECT n.starts_at
    FROM bookings_appointment n
    WHERE n.client_id = last.client_id AND n.trainer_id = %(trainer)s
      AND n.status IN ('requested', 'booked', 'confirmed')
      AND n.starts_at > %(now)s::timestamptz
    ORDER BY n.starts_at
    LIMIT 1
) next ON TRUE
WHERE last.status = 'no_show'
   OR next.starts_at IS NULL
   OR next.starts_at > last.starts_at + interval '14 days'
ORDER BY last.starts_at DESC, last.client_id
LIMIT 12;

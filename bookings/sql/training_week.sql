-- name: times
-- All that a trainer has on some dates, in order of time: classes that they teach,
-- appointments, time away and extra hours. With ``asked_after`` the requests that start
-- later than that, too, whatever their date. Nothing is longer than 600 minutes, and no
-- zone further than 14 hours from UTC, which bounds the starts. The index of exceptions
-- knows a bigint by a bigint alone.
-- parameters: trainer bigint, first date, last date, asked_after timestamptz
-- indexes: bookings_session_trainer_time, bookings_appt_trainer_time
-- indexes: bookings_appt_trainer_status, bookings_exception_once
SELECT 'class' AS kind, s.id, '' AS reference, s.status, s.session_date AS day,
       s.session_date AS last_day, s.starts_at, s.ends_at, s.starts_at AS opens_at,
       s.time_zone, c.name, NULL AS client, NULL::bigint AS client_id, r.name AS room,
       b.name AS branch, s.booked_count, s.capacity, s.waitlist_length,
       sub.name AS substitute_for, 0 AS price_minor, '' AS currency, '' AS note,
       s.revision AS sequence, COALESCE(s.revised_at, s.starts_at - interval '400 days')
           AS changed_at,
       FALSE AS is_request
FROM bookings_classsession s
JOIN bookings_gymclass c ON c.id = s.gym_class_id
JOIN bookings_room r ON r.id = s.room_id
JOIN core_branch b ON b.id = s.branch_id
LEFT JOIN bookings_trainer sub ON sub.id = s.substitute_for_id
WHERE s.trainer_id = %(trainer)s
  AND s.starts_at >= (%(first)s::date - 1)::timestamp AT TIME ZONE 'UTC'
  AND s.starts_at < (%(last)s::date + 2)::timestamp AT TIME ZONE 'UTC'
  AND s.session_date BETWEEN %(first)s::date AND %(last)s::date
UNION ALL
SELECT 'appointment', a.id, a.reference, a.status, a.day, a.day, a.starts_at, a.ends_at,
       a.starts_at - p.checkin_opens_minutes * interval '1 minute', a.time_zone, v.name,
       COALESCE(NULLIF(btrim(u.first_name || ' ' || u.last_name), ''), u.username),
       a.client_id, r.name, b.name, 0, 0, 0, NULL, a.price_minor, a.currency, a.note,
       a.sequence, COALESCE(a.revised_at, a.booked_at), a.is_request
FROM (
    SELECT *, (starts_at AT TIME ZONE time_zone)::date AS day,
           status = 'requested' AND starts_at > %(asked_after)s::timestamptz
               IS TRUE AS is_request
    FROM bookings_appointment
    WHERE trainer_id = %(trainer)s
      AND (starts_at >= (%(first)s::date - 1)::timestamp AT TIME ZONE 'UTC'
           AND starts_at < (%(last)s::date + 2)::timestamp AT TIME ZONE 'UTC'
           OR status = 'requested' AND starts_at > %(asked_after)s::timestamptz)
) a
JOIN bookings_service v ON v.id = a.service_id
JOIN bookings_bookingpolicy p ON p.id = a.policy_id
JOIN core_user u ON u.id = a.client_id
JOIN core_branch b ON b.id = a.branch_id
LEFT JOIN bookings_room r ON r.id = a.room_id
WHERE a.day BETWEEN %(first)s::date AND %(last)s::date OR a.is_request
UNION ALL
SELECT e.kind, e.id, '', '', e.day, e.last_day, e.starts_at, e.ends_at, e.starts_at,
       e.time_zone, e.reason, NULL, NULL, NULL, e.branch, 0, 0, 0, NULL, 0, '', '', 0,
       e.created_at, FALSE
FROM (
    SELECT x.*, b.time_zone, b.name AS branch,
           (x.starts_at AT TIME ZONE b.time_zone)::date AS day,
           ((x.ends_at - interval '1 microsecond') AT TIME ZONE b.time_zone)::date
               AS last_day
    FROM bookings_availabilityexception x
    JOIN core_branch b ON b.id = x.branch_id
    WHERE x.trainer_id = %(trainer)s::bigint
      AND tstzrange(x.starts_at, x.ends_at) && tstzrange(
          (%(first)s::date - 1)::timestamp AT TIME ZONE 'UTC',
          (%(last)s::date + 2)::timestamp AT TIME ZONE 'UTC'
      )
) e
WHERE e.day <= %(last)s::date AND e.last_day >= %(first)s::date
ORDER BY starts_at, kind, id;

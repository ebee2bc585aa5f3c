-- name: hours
-- Who takes appointments at a branch between two dates and by which hours, each with
-- the branch's own hours and the policy that counts there. Trainers who are asked for
-- are always there while in use, without hours too; of all others those who give the
-- service, where one is named.
-- parameters: branch bigint, trainers bigint[], service bigint, first date, last date
-- parameters: starts timestamptz, ends timestamptz
-- indexes: bookings_availability_day, bookings_policy_newest
-- indexes: bookings_trainerservice_once, bookings_trainerservice_givers
SELECT t.id AS trainer_id, t.name AS trainer_name, t.slug AS trainer_slug,
       t.specialities, t.user_id,
       ARRAY(SELECT g.service_id
             FROM bookings_trainerservice g
             WHERE g.trainer_id = t.id) AS gives,
       (SELECT json_agg(rule)
        FROM (SELECT a.weekday, a.starts, a.ends, a.valid_from, a.valid_until
              FROM bookings_availability a
              WHERE a.trainer_id = t.id AND a.branch_id = b.id AND a.is_active
                AND a.valid_from <= %(last)s::date
                AND (a.valid_until IS NULL OR a.valid_until >= %(first)s::date)
             ) rule) AS rules,
       (SELECT json_agg(open)
        FROM (SELECT h.weekday, h.opens AS starts, h.closes AS ends
              FROM core_branchhours h
              WHERE h.branch_id = b.id) open) AS opening,
       to_json(policy) AS policy
FROM core_branch b
JOIN bookings_trainer t
    ON t.id = ANY(%(trainers)s::bigint[])
    OR %(trainers)s::bigint[] IS NULL AND t.id IN (
        SELECT a.trainer_id
        FROM bookings_availability a
        WHERE a.branch_id = b.id AND a.is_active
        UNION
        SELECT e.trainer_id
        FROM bookings_availabilityexception e
        WHERE e.branch_id = b.id AND e.kind = 'extra'
          AND tstzrange(e.starts_at, e.ends_at)
              && tstzrange(%(starts)s::timestamptz, %(ends)s::timestamptz)
    )
JOIN core_user u ON u.id = t.user_id
CROSS JOIN LATERAL (
    SELECT p.id, p.appointment_notice_minutes AS notice_minutes,
           p.appointment_horizon_days AS horizon_days,
           p.appointment_cutoff_minutes AS cutoff_minutes,
           p.booked_grace_minutes AS grace_minutes,
           p.appointments_on_request AS on_request
    FROM bookings_bookingpolicy p
    WHERE p.branch_id = b.id OR p.branch_id IS NULL
    ORDER BY p.branch_id NULLS LAST, p.id DESC
    LIMIT 1
) policy
WHERE b.id = %(branch)s AND b.is_active AND t.is_active AND u.is_active
  AND (%(trainers)s::bigint[] IS NOT NULL OR %(service)s::bigint IS NULL OR t.id IN (
      SELECT g.trainer_id
      FROM bookings_trainerservice g
      WHERE g.service_id = %(service)s::bigint
  ))
ORDER BY t.name, t.id;

-- name: taken
-- What takes trainers' time between two instants, substitutes' classes and buffers
-- included, and their extra hours; with a client, what takes the client's. Nothing is
-- longer than 600 minutes, nor a buffer longer than 240, which bounds the starts.
-- parameters: trainers bigint[], branch bigint, client bigint, besides bigint
-- parameters: starts timestamptz, ends timestamptz
-- indexes: bookings_session_trainer_time, bookings_appt_trainer_time
-- indexes: bookings_exception_once, bookings_booking_member_time
-- indexes: bookings_appt_client_time
SELECT s.trainer_id, 'class' AS kind, s.starts_at, s.ends_at
FROM bookings_classsession s
WHERE s.trainer_id = ANY(%(trainers)s::bigint[]) AND s.status = 'scheduled'
  AND s.starts_at > %(starts)s::timestamptz - interval '600 minutes'
  AND s.starts_at < %(ends)s::timestamptz
  AND s.ends_at > %(starts)s::timestamptz
UNION ALL
SELECT a.trainer_id, 'appointment', a.busy_from, a.busy_until
FROM bookings_appointment a
WHERE a.trainer_id = ANY(%(trainers)s::bigint[]) AND bookings_occupies(a.status)
  AND a.id IS DISTINCT FROM %(besides)s::bigint
  AND a.starts_at > %(starts)s::timestamptz - interval '840 minutes'
  AND a.starts_at < %(ends)s::timestamptz + interval '240 minutes'
UNION ALL
SELECT e.trainer_id, CASE e.kind WHEN 'extra' THEN 'extra' ELSE 'away' END,
       e.starts_at, e.ends_at
FROM bookings_availabilityexception e
WHERE e.trainer_id = ANY(%(trainers)s::bigint[])
  AND (e.kind <> 'extra' OR e.branch_id = %(branch)s)
  AND tstzrange(e.starts_at, e.ends_at)
      && tstzrange(%(starts)s::timestamptz, %(ends)s::timestamptz)
UNION ALL
SELECT NULL, 'client', b.starts_at, b.ends_at
FROM bookings_booking b
WHERE b.member_id = %(client)s::bigint AND bookings_holds_place(b.status)
  AND b.starts_at > %(starts)s::timestamptz - interval '600 minutes'
  AND b.starts_at < %(ends)s::timestamptz
UNION ALL
SELECT NULL, 'client', a.starts_at, a.ends_at
FROM bookings_appointment a
WHERE a.client_id = %(client)s::bigint AND bookings_occupies(a.status)
  AND a.id IS DISTINCT FROM %(besides)s::bigint
  AND a.starts_at > %(starts)s::timestamptz - interval '600 minutes'
  AND a.starts_at < %(ends)s::timestamptz;

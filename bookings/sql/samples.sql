-- name: busiest_day
-- Of some days about today, to measure with.
SELECT branch_id, session_date AS "on"
FROM bookings_classsession
WHERE session_date BETWEEN current_date - 7 AND current_date + 7
GROUP BY 1, 2
ORDER BY count(*) DESC, 1, 2
LIMIT 1;

-- name: member
-- Somebody who has booked lately.
SELECT member_id, now() AS now
FROM bookings_booking
WHERE starts_at BETWEEN now() - interval '7 days' AND now() + interval '14 days'
ORDER BY hashint8(id)
LIMIT 1;

-- name: member_and_branch
-- The same, and where.
SELECT member_id, branch_id, now() AS now
FROM bookings_booking
WHERE starts_at BETWEEN now() - interval '7 days' AND now() + interval '14 days'
ORDER BY hashint8(id)
LIMIT 1;

-- name: booking
-- A place that somebody has.
SELECT session_id, member_id, now() AS now
FROM bookings_booking
WHERE status = 'booked'
ORDER BY hashint8(id)
LIMIT 1;

-- name: longest_line
-- The session with the longest waitlist.
SELECT id AS session_id
FROM bookings_classsession
ORDER BY waitlist_length DESC, id
LIMIT 1;

-- name: fullest_session
-- The session with most bookings.
SELECT id AS session_id
FROM bookings_classsession
ORDER BY booked_count DESC, id
LIMIT 1;

-- name: waiting_member
-- Whose turn is furthest behind.
SELECT member_id, now() AS now
FROM bookings_waitlistentry
WHERE status = 'waiting'
ORDER BY position DESC, id
LIMIT 1;

-- name: turn
-- The same, with the session.
SELECT session_id, member_id
FROM bookings_waitlistentry
WHERE status = 'waiting'
ORDER BY position DESC, id
LIMIT 1;

-- name: time_of_turn
-- The same, with the session's time.
SELECT member_id, starts_at, ends_at
FROM bookings_waitlistentry
WHERE status = 'waiting'
ORDER BY position DESC, id
LIMIT 1;

-- name: visitor
-- Somebody, and the middle of their visits.
SELECT member_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY at) AS at
FROM bookings_checkin
WHERE member_id = (
    SELECT member_id FROM bookings_checkin ORDER BY hashint8(id) LIMIT 1
)
GROUP BY member_id;

-- name: week_of_branch
-- A branch and its last week.
SELECT id AS branch_id, now() - interval '7 days' AS since, now() AS until
FROM core_branch
ORDER BY id
LIMIT 1;

-- name: two_weeks_of_branch
-- A branch and its last two weeks.
SELECT id AS branch_id, now() - interval '14 days' AS since, now() AS until
FROM core_branch
ORDER BY id
LIMIT 1;

-- name: trainer
-- Somebody who teaches.
SELECT trainer_id, now() AS now
FROM bookings_classsession
ORDER BY hashint8(id)
LIMIT 1;

-- name: booked_out_trainer
-- The trainer with most appointments about today.
SELECT trainer_id, now() AS now
FROM bookings_appointment
WHERE starts_at BETWEEN now() - interval '7 days' AND now() + interval '7 days'
GROUP BY trainer_id
ORDER BY count(*) DESC, trainer_id
LIMIT 1;

-- name: client
-- Somebody who has had many appointments.
SELECT client_id, now() AS now
FROM bookings_appointment
GROUP BY client_id
ORDER BY count(*) DESC, client_id
LIMIT 1;

-- name: client_and_trainer
-- An appointment ahead: whose, with whom, of what and where.
SELECT client_id, trainer_id, service_id, branch_id, starts_at, now() AS now
FROM bookings_appointment
WHERE starts_at > now() AND status = 'booked'
ORDER BY hashint8(id)
LIMIT 1;

-- name: charged
-- A payment that a provider knows by a name of its own.
SELECT gateway, gateway_reference AS name
FROM payments_payment
WHERE gateway_reference <> ''
ORDER BY hashint8(id)
LIMIT 1;

-- name: paid_appointment
-- The payment of some appointment.
SELECT payment_id
FROM bookings_appointment
WHERE payment_id IS NOT NULL
ORDER BY hashint8(id)
LIMIT 1;

-- name: week_taken
-- A branch that takes in much, and the last seven days.
SELECT branch_id, current_date - 7 AS first, current_date - 1 AS last
FROM payments_ledgerentry
WHERE at > now() - interval '8 days'
GROUP BY branch_id
ORDER BY count(*) DESC, branch_id
LIMIT 1;

-- name: topic
-- The topic that is taught least.
SELECT topic AS words, date_trunc('week', now())::date AS monday
FROM bookings_classsession
WHERE topic <> ''
GROUP BY topic
ORDER BY count(*), topic
LIMIT 1;

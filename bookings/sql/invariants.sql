-- name: booked_count
-- A session's booked_count is the number of its bookings that hold a place, and no more
-- than its capacity.
-- tables: bookings_classsession, bookings_booking
SELECT s.id, s.booked_count, s.capacity, coalesce(held.places, 0) AS places
FROM bookings_classsession s
LEFT JOIN (
    SELECT session_id, count(*) AS places
    FROM bookings_booking
    WHERE bookings_holds_place(status)
    GROUP BY session_id
) held ON held.session_id = s.id
WHERE s.booked_count <> coalesce(held.places, 0) OR s.booked_count > s.capacity;

-- name: waitlist_length
-- A session's waitlist_length is the number who wait, and waitlist_last the highest
-- position ever given.
-- tables: bookings_classsession, bookings_waitlistentry
SELECT s.id, s.waitlist_length, s.waitlist_last, line.waiting, line.last
FROM bookings_classsession s
LEFT JOIN (
    SELECT session_id, count(*) FILTER (WHERE status = 'waiting') AS waiting,
           max(position) AS last
    FROM bookings_waitlistentry
    GROUP BY session_id
) line ON line.session_id = s.id
WHERE s.waitlist_length <> coalesce(line.waiting, 0)
   OR s.waitlist_last < coalesce(line.last, 0);

-- name: turns_in_order
-- In each line a lower position joined no later (within a minute: clocks are read
-- before the line is locked).
-- tables: bookings_waitlistentry
SELECT id
FROM (
    SELECT id, joined_at,
           lag(joined_at) OVER (PARTITION BY session_id ORDER BY position) AS before
    FROM bookings_waitlistentry
) line
WHERE joined_at < before - interval '1 minute';

-- name: promoted_is_booked
-- A promoted entry's booking is of the same member and session and was made when they
-- were promoted.
-- tables: bookings_waitlistentry, bookings_booking
SELECT w.id
FROM bookings_waitlistentry w
JOIN bookings_booking b ON b.id = w.booking_id
WHERE (w.member_id, w.session_id, w.ended_at)
    <> (b.member_id, b.session_id, b.booked_at);

-- name: nobody_waits_for_their_own_session
-- Nobody waits for a session in which they hold a place.
-- tables: bookings_waitlistentry, bookings_booking
SELECT w.id
FROM bookings_waitlistentry w
JOIN bookings_booking b
    ON (b.session_id, b.member_id) = (w.session_id, w.member_id)
    AND bookings_holds_place(b.status)
WHERE w.status = 'waiting';

-- name: allowance_used
-- What an allowance has used is the places held and late cancellations charged to it
-- and those waiting on it, and the appointments whose credit was not given back.
-- tables: memberships_allowance, bookings_booking, bookings_waitlistentry
-- tables: bookings_appointment
SELECT a.id, a.used, coalesce(charged.uses, 0) AS uses
FROM memberships_allowance a
LEFT JOIN (
    SELECT allowance_id, count(*) AS uses
    FROM (
        SELECT allowance_id
        FROM bookings_booking
        WHERE allowance_id IS NOT NULL
          AND (bookings_holds_place(status) OR status = 'late_cancelled')
        UNION ALL
        SELECT allowance_id
        FROM bookings_waitlistentry
        WHERE allowance_id IS NOT NULL AND status = 'waiting'
        UNION ALL
        SELECT allowance_id
        FROM bookings_appointment
        WHERE allowance_id IS NOT NULL
          AND status NOT IN ('cancelled', 'declined')
          AND credit_returned_at IS NULL
    ) uses
    GROUP BY allowance_id
) charged ON charged.allowance_id = a.id
WHERE a.used <> coalesce(charged.uses, 0);

-- name: class_within_membership
-- A place is paid by a membership of its member that covers the day (unless it was
-- ended since), includes classes and is good at the branch.
-- tables: bookings_booking, bookings_classsession, memberships_membership
SELECT b.id
FROM bookings_booking b
JOIN bookings_classsession s ON s.id = b.session_id
JOIN memberships_membership m ON m.id = b.membership_id
WHERE bookings_holds_place(b.status) AND (
    b.member_id <> m.member_id
    OR s.session_date < m.starts_on
    OR s.session_date > m.ends_on AND m.ended_at IS NULL
    OR NOT m.includes_classes
    OR m.only_branch_id <> b.branch_id
);

-- name: appointment_costs_what_is_paid
-- What an appointment costs was asked for by a payment of its client, for it, of the
-- same amount, or is counted by a pack of its client that includes appointments. Of one
-- that was cancelled in time or declined nothing is asked at the desk.
-- tables: bookings_appointment, payments_payment, memberships_allowance
-- tables: memberships_membership
SELECT a.id
FROM bookings_appointment a
LEFT JOIN payments_payment p ON p.id = a.payment_id
LEFT JOIN memberships_allowance counted ON counted.id = a.allowance_id
LEFT JOIN memberships_membership m ON m.id = counted.membership_id
WHERE a.price_minor > 0 AND (
    p.id IS NULL AND m.id IS NULL
    OR (p.member_id, p.amount_minor, p.currency, p.purpose, p.thing)
        <> (a.client_id, a.price_minor, a.currency, 'appointment', a.reference)
    OR m.member_id <> a.client_id
    OR NOT m.includes_appointments
    OR a.status IN ('cancelled', 'declined') AND p.status = 'pending'
);

-- name: booked_while_it_stood
-- No place that is held was booked after its membership was ended (by the order in
-- which the two were noted).
-- tables: bookings_booking, core_event
SELECT b.id
FROM core_event ended
JOIN bookings_booking b
    ON b.membership_id = ended.subject_id AND bookings_holds_place(b.status)
JOIN core_event made
    ON made.subject = 'booking' AND made.subject_id = b.id
    AND made.kind IN ('booked', 'promoted')
WHERE ended.subject = 'membership' AND ended.kind = 'membership_ended'
  AND made.id > ended.id;

-- name: closed_accounts_book_nothing
-- No place that is held was booked for an account after it was closed (by the order of
-- their notes).
-- tables: bookings_booking, core_user, core_event
SELECT b.id
FROM core_event closed
JOIN core_user u ON u.id = closed.subject_id AND NOT u.is_active
JOIN bookings_booking b ON b.member_id = u.id AND bookings_holds_place(b.status)
JOIN core_event made
    ON made.subject = 'booking' AND made.subject_id = b.id
    AND made.kind IN ('booked', 'promoted')
WHERE closed.subject = 'user' AND closed.kind = 'deactivated' AND made.id > closed.id
  AND NOT EXISTS (
      SELECT
      FROM core_event later
      WHERE later.subject = 'user' AND later.subject_id = u.id
        AND later.kind = 'deactivated' AND later.id > closed.id
  );

-- name: booked_before_the_first_payment
-- On memberships whose first payment is still to be taken, a member has no more classes
-- booked than the policy of one of these bookings lets them have.
-- tables: bookings_booking, bookings_bookingpolicy, memberships_membership
-- tables: memberships_billingperiod, payments_payment
WITH unpaid AS (
    SELECT period.membership_id
    FROM memberships_billingperiod period
    JOIN payments_payment payment ON payment.id = period.payment_id
    GROUP BY period.membership_id
    HAVING NOT bool_or(payment.status IN ('paid', 'refunded'))
)
SELECT b.member_id, count(*) AS booked, max(p.unpaid_bookings) AS allowed
FROM unpaid
JOIN memberships_membership m ON m.id = unpaid.membership_id AND m.status <> 'ended'
JOIN bookings_booking b ON b.membership_id = m.id AND b.status <> 'cancelled'
JOIN bookings_bookingpolicy p ON p.id = b.policy_id
GROUP BY b.member_id
HAVING count(*) > max(p.unpaid_bookings);

-- name: class_within_allowance
-- A class of a limited plan is counted in an allowance of the paying membership whose
-- period holds the day.
-- tables: bookings_booking, bookings_classsession, memberships_allowance
-- tables: memberships_membership
SELECT b.id
FROM bookings_booking b
JOIN bookings_classsession s ON s.id = b.session_id
JOIN memberships_membership m ON m.id = b.membership_id
LEFT JOIN memberships_allowance a ON a.id = b.allowance_id
WHERE (m.kind = 'unlimited') <> (b.allowance_id IS NULL)
   OR a.membership_id <> b.membership_id
   OR s.session_date NOT BETWEEN a.starts_on AND a.ends_on;

-- name: booking_times_are_the_sessions
-- A booking that holds a place and an entry that waits carry their session's times and
-- branch.
-- tables: bookings_booking, bookings_waitlistentry, bookings_classsession
SELECT 'booking' AS kind, b.id
FROM bookings_booking b
JOIN bookings_classsession s ON s.id = b.session_id
WHERE bookings_holds_place(b.status)
  AND (b.starts_at, b.ends_at, b.branch_id) <> (s.starts_at, s.ends_at, s.branch_id)
UNION ALL
SELECT 'entry', w.id
FROM bookings_waitlistentry w
JOIN bookings_classsession s ON s.id = w.session_id
WHERE w.status = 'waiting'
  AND (w.starts_at, w.ends_at, w.branch_id) <> (s.starts_at, s.ends_at, s.branch_id);

-- name: cancelled_sessions_are_empty
-- Nobody holds a place in a cancelled session or waits for one.
-- tables: bookings_classsession
SELECT id
FROM bookings_classsession
WHERE status = 'cancelled'
  AND (booked_count > 0 OR waitlist_length > 0 OR cancelled_at IS NULL);

-- name: session_at_its_wall_time
-- A session starts when clocks in its own zone show its class's time, or the one that
-- it was moved to (moved on where a clock change skips it).
-- tables: bookings_classsession, bookings_gymclass
SELECT s.id
FROM bookings_classsession s
JOIN bookings_gymclass c ON c.id = s.gym_class_id
CROSS JOIN LATERAL (
    SELECT s.starts_at AT TIME ZONE s.time_zone AS wall,
           s.session_date + coalesce(s.own_start, c.starts) AS due
) clock
WHERE s.branch_id <> c.branch_id
   OR wall <> due
      AND wall <> due AT TIME ZONE s.time_zone AT TIME ZONE s.time_zone;

-- name: room_and_trainer_of_the_branch
-- Rooms and regular trainers belong to the branch of the session, and no room takes
-- more than it holds.
-- tables: bookings_classsession, bookings_room, bookings_trainer
SELECT s.id
FROM bookings_classsession s
JOIN bookings_room r ON r.id = s.room_id
JOIN bookings_trainer t ON t.id = s.trainer_id
WHERE r.branch_id <> s.branch_id
   OR s.capacity > r.capacity
   OR t.branch_id <> s.branch_id AND s.substitute_for_id IS NULL;

-- name: visit_of_its_booking
-- A check-in for a booking is of the same member and branch, within the check-in hours
-- of its policy.
-- tables: bookings_checkin, bookings_booking, bookings_bookingpolicy
SELECT c.id
FROM bookings_checkin c
JOIN bookings_booking b ON b.id = c.booking_id
JOIN bookings_bookingpolicy p ON p.id = b.policy_id
WHERE c.member_id <> b.member_id
   OR c.branch_id <> b.branch_id
   OR c.at < b.starts_at - p.checkin_opens_minutes * interval '1 minute'
   OR c.at > b.starts_at + p.checkin_closes_minutes * interval '1 minute';

-- name: free_until_is_fair
-- A booking is free to cancel until its policy's cutoff, a late, promoted or moved one
-- for its time of grace.
-- tables: bookings_booking, bookings_bookingpolicy
SELECT b.id
FROM bookings_booking b
JOIN bookings_bookingpolicy p ON p.id = b.policy_id
WHERE b.sequence = 0 AND b.source <> 'waitlist'
      AND b.free_until <> least(b.starts_at, greatest(
          b.starts_at - p.cutoff_minutes * interval '1 minute',
          b.booked_at + nullif(p.booked_grace_minutes, 0) * interval '1 minute'
      ))
   OR b.sequence = 0 AND b.source = 'waitlist'
      AND b.free_until <> least(b.starts_at, greatest(
          b.starts_at - p.cutoff_minutes * interval '1 minute',
          b.booked_at + p.promoted_grace_minutes * interval '1 minute'
      ))
   OR b.free_until NOT BETWEEN
          b.starts_at - p.cutoff_minutes * interval '1 minute' AND b.starts_at;

-- name: nobody_is_in_two_places
-- No trainer, room or client has an appointment at the time of a class of theirs, and
-- no trainer while away; a trainer's time has the buffers.
-- tables: bookings_appointment, bookings_availabilityexception, bookings_booking
-- tables: bookings_classsession
SELECT 'trainer' AS whose, a.id, s.id AS other
FROM bookings_appointment a
JOIN bookings_classsession s
    ON s.trainer_id = a.trainer_id AND s.status = 'scheduled'
    AND tstzrange(s.starts_at, s.ends_at) && tstzrange(a.busy_from, a.busy_until)
WHERE bookings_occupies(a.status)
UNION ALL
SELECT 'room', a.id, s.id
FROM bookings_appointment a
JOIN bookings_classsession s
    ON s.room_id = a.room_id AND s.status = 'scheduled'
    AND tstzrange(s.starts_at, s.ends_at) && tstzrange(a.starts_at, a.ends_at)
WHERE bookings_occupies(a.status)
UNION ALL
SELECT 'client', a.id, b.id
FROM bookings_appointment a
JOIN bookings_booking b
    ON b.member_id = a.client_id AND bookings_holds_place(b.status)
    AND tstzrange(b.starts_at, b.ends_at) && tstzrange(a.starts_at, a.ends_at)
WHERE bookings_occupies(a.status)
UNION ALL
SELECT 'away', a.id, e.id
FROM bookings_appointment a
JOIN bookings_availabilityexception e
    ON e.trainer_id = a.trainer_id AND e.kind <> 'extra'
    AND tstzrange(e.starts_at, e.ends_at) && tstzrange(a.busy_from, a.busy_until)
WHERE bookings_occupies(a.status);

-- name: appointment_of_its_branch
-- An appointment's service and room are of its branch, and its client is not its
-- trainer.
-- tables: bookings_appointment, bookings_room, bookings_service, bookings_trainer
SELECT a.id
FROM bookings_appointment a
JOIN bookings_service s ON s.id = a.service_id
JOIN bookings_trainer t ON t.id = a.trainer_id
LEFT JOIN bookings_room r ON r.id = a.room_id
WHERE s.branch_id <> a.branch_id
   OR r.branch_id <> a.branch_id
   OR t.user_id = a.client_id;

-- name: appointment_free_until_is_fair
-- An appointment is free to cancel until its policy's cutoff, a late one for its time
-- of grace.
-- tables: bookings_appointment, bookings_bookingpolicy
SELECT a.id
FROM bookings_appointment a
JOIN bookings_bookingpolicy p ON p.id = a.policy_id
WHERE a.free_until NOT BETWEEN
          a.starts_at - p.appointment_cutoff_minutes * interval '1 minute'
          AND a.starts_at
   OR a.sequence = 0
      AND a.free_until <> least(a.starts_at, greatest(
          a.starts_at - p.appointment_cutoff_minutes * interval '1 minute',
          a.booked_at + nullif(p.booked_grace_minutes, 0) * interval '1 minute'
      ));

-- name: appointment_reminded_once
-- Clients are reminded of a start once, within the 24 hours before it, and of none that
-- was cancelled or moved away from before (by the order of the notes).
-- tables: bookings_appointment, core_event
WITH noted AS (
    SELECT subject_id, at, kind = 'appointment_reminded' AS is_reminder,
           (data ->> 'starts_at')::timestamptz AS starts_at,
           lag(kind) OVER told AS before,
           lag((data ->> 'after')::timestamptz) OVER told AS moved_to,
           lead(kind) OVER told IS NULL AS is_last
    FROM core_event
    WHERE subject = 'appointment'
      AND kind IN (
          'appointment_reminded', 'appointment_moved', 'appointment_declined',
          'appointment_cancelled', 'appointment_cancelled_late'
      )
      AND (kind <> 'appointment_moved' OR data ->> 'before' <> data ->> 'after')
    WINDOW told AS (PARTITION BY subject_id ORDER BY id)
)
SELECT a.id, noted.starts_at, noted.at, noted.before
FROM noted
JOIN bookings_appointment a ON a.id = noted.subject_id
WHERE noted.is_reminder AND (
    noted.before <> 'appointment_moved'
    OR noted.moved_to <> noted.starts_at
    OR noted.at NOT BETWEEN noted.starts_at - interval '24 hours' AND noted.starts_at
    OR noted.is_last AND a.reminded_for IS DISTINCT FROM noted.starts_at
);

-- name: remind
-- Marks appointments whose time has come as reminded of, for the start that they have,
-- and records it: both or neither. Whoever holds a row cancels or moves it, so it is
-- passed over, and judged as it is once it is locked. Who booked it, or heard of a
-- change, so late needs no reminder.
-- parameters: now timestamptz, before interval, most integer, kind text
-- indexes: bookings_appt_status_time
WITH due AS (
    SELECT id
    FROM bookings_appointment
    WHERE status IN ('booked', 'confirmed')
      AND starts_at > %(now)s AND starts_at <= %(now)s::timestamptz + %(before)s
      AND reminded_for IS DISTINCT FROM starts_at
      AND greatest(booked_at, revised_at) <= starts_at - %(before)s
    ORDER BY starts_at, id
    LIMIT %(most)s
    FOR NO KEY UPDATE SKIP LOCKED
), reminded AS (
    UPDATE bookings_appointment a SET reminded_for = a.starts_at
    FROM due
    WHERE a.id = due.id
    RETURNING a.id, a.branch_id, a.client_id, a.trainer_id, a.reference, a.starts_at
)
INSERT INTO core_event (kind, at, branch_id, member_id, subject, subject_id, data)
SELECT %(kind)s, %(now)s, branch_id, client_id, 'appointment', id, jsonb_build_object(
           'reference', reference, 'trainer', trainer_id, 'starts_at', starts_at
       )
FROM reminded
ORDER BY starts_at, id;

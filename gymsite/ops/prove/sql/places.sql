-- name: places
-- Who holds a place in these sessions.
-- parameters: sessions bigint[]
SELECT session_id AS session, member_id AS member, id, reference
FROM bookings_booking
WHERE session_id = ANY (%(sessions)s) AND bookings_holds_place(status);

-- name: turns
-- Who is or was in line for these sessions.
-- parameters: sessions bigint[]
SELECT session_id AS session, member_id AS member, position, status
FROM bookings_waitlistentry
WHERE session_id = ANY (%(sessions)s);

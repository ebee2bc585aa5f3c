-- name: standing
-- A session's line and one member's turn in it. The length is the session's own
-- counter; who waits before somebody is counted in bookings_waitlist_head.
-- parameters: session bigint, member bigint
-- indexes: bookings_waitlistentry_one_active, bookings_waitlist_head
SELECT s.waitlist_length AS length,
       CASE WHEN own.id IS NOT NULL THEN (
           SELECT count(*)
           FROM bookings_waitlistentry e
           WHERE e.session_id = s.id AND e.status = 'waiting'
             AND e.position <= own.position
       ) END AS position,
       s.branch_id,
       s.time_zone,
       trainer.user_id AS trainer_user_id
FROM bookings_classsession s
JOIN bookings_trainer trainer ON trainer.id = s.trainer_id
LEFT JOIN bookings_waitlistentry own
    ON own.session_id = s.id AND own.member_id = %(member)s AND own.status = 'waiting'
WHERE s.id = %(session)s;

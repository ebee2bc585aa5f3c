-- name: feed_version
-- One text that is another whenever a member's feed would look otherwise: it hashes
-- what the rows of the feed hold, with the instant of each session's last revision for
-- the names that they do not. The numbers of revisions alone would come again after a
-- fail-over that lost commits, or with a restored backup.
-- parameters: member bigint, since timestamptz
-- indexes: bookings_booking_member_time, bookings_appt_client_time
SELECT concat_ws('-', booked.rows, booked.content, met.rows, met.content) AS version
FROM (
    SELECT count(*) AS rows, sum(hashtextextended(concat_ws(
               ' ', b.id, b.reference, b.status, b.starts_at, b.ends_at, b.free_until,
               b.sequence, b.cancelled_at, s.status, s.starts_at, s.ends_at, s.room_id,
               s.trainer_id, s.revision, s.revised_at
           ), 0)::numeric) AS content
    FROM bookings_booking b
    JOIN bookings_classsession s ON s.id = b.session_id
    WHERE b.member_id = %(member)s AND b.starts_at >= %(since)s::timestamptz
) booked, (
    SELECT count(*) AS rows, sum(hashtextextended(concat_ws(
               ' ', a.id, a.reference, a.status, a.starts_at, a.ends_at, a.free_until,
               a.sequence, a.revised_at, a.cancel_reason, t.name, s.name, r.name,
               b.name, b.address, b.time_zone
           ), 0)::numeric) AS content
    FROM bookings_appointment a
    JOIN bookings_trainer t ON t.id = a.trainer_id
    JOIN bookings_service s ON s.id = a.service_id
    JOIN core_branch b ON b.id = a.branch_id
    LEFT JOIN bookings_room r ON r.id = a.room_id
    WHERE a.client_id = %(member)s AND a.starts_at >= %(since)s::timestamptz
) met;

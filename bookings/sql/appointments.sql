-- name: ahead
-- One row: the page's header, and a client's appointments that are ahead or running
-- now, soonest first. Nothing is longer than 600 minutes, which bounds the starts.
-- parameters: client bigint, now timestamptz
-- indexes: bookings_appt_client_time
SELECT header.name, header.hue, header.currency, header.unread,
       (SELECT json_agg(row ORDER BY row.starts_at, row.id)
        FROM (
            SELECT a.id, a.reference, a.status, a.starts_at, a.free_until,
                   a.price_minor, a.currency, a.allowance_id, t.name AS trainer,
                   s.name AS service,
                   r.name AS room, b.name AS branch, b.time_zone
            FROM bookings_appointment a
            JOIN bookings_trainer t ON t.id = a.trainer_id
            JOIN bookings_service s ON s.id = a.service_id
            JOIN core_branch b ON b.id = a.branch_id
            LEFT JOIN bookings_room r ON r.id = a.room_id
            WHERE a.client_id = %(client)s AND bookings_occupies(a.status)
              AND a.starts_at > %(now)s::timestamptz - interval '600 minutes'
              AND a.ends_at > %(now)s::timestamptz
        ) row) AS appointments
FROM core_page_header(%(client)s::bigint) header;

-- name: to_move
-- One row: the page's header, and one of a client's own appointments with what its free
-- times come of; nulls where there is none.
-- parameters: client bigint, reference text
-- indexes: bookings_appointment_reference_unique
SELECT header.name AS brand, header.hue, header.currency AS brand_currency,
       header.unread, a.id, a.reference, a.status, a.starts_at, a.ends_at, a.busy_from,
       a.busy_until, a.free_until, a.trainer_id, a.client_id, t.name AS trainer,
       s.name AS service, s.raster_minutes, b.id AS branch_id, b.time_zone
FROM core_page_header(%(client)s::bigint) header
LEFT JOIN bookings_appointment a
       ON a.reference = %(reference)s AND a.client_id = %(client)s
LEFT JOIN bookings_trainer t ON t.id = a.trainer_id
LEFT JOIN bookings_service s ON s.id = a.service_id
LEFT JOIN core_branch b ON b.id = a.branch_id;

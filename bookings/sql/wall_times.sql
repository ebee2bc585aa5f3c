-- name: what_moves
-- Whom moving these sessions touches: places, of them those whose member is booked
-- elsewhere at the new time, those who wait, and sessions that meet a taken room or
-- trainer.
-- parameters: sessions bigint[], starts timestamptz[]
WITH moved AS MATERIALIZED (
    SELECT s.id, s.room_id, s.trainer_id, s.waitlist_length, s.booked_count,
           tstzrange(m.starts, m.starts + (s.ends_at - s.starts_at)) AS span
    FROM unnest(%(sessions)s::bigint[], %(starts)s::timestamptz[]) AS m (id, starts)
    JOIN bookings_classsession s ON s.id = m.id
)
SELECT coalesce(sum(booked_count), 0)::int AS booked,
       (SELECT count(*)
        FROM moved
        JOIN bookings_booking b
            ON b.session_id = moved.id AND bookings_holds_place(b.status)
        WHERE EXISTS (
            SELECT
            FROM bookings_booking o
            WHERE o.member_id = b.member_id AND bookings_holds_place(o.status)
              AND tstzrange(o.starts_at, o.ends_at) && moved.span
              AND o.session_id NOT IN (SELECT id FROM moved)
        ) OR EXISTS (
            SELECT
            FROM bookings_appointment a
            WHERE a.client_id = b.member_id AND bookings_occupies(a.status)
              AND tstzrange(a.starts_at, a.ends_at) && moved.span
        )) AS clashing,
       coalesce(sum(waitlist_length), 0)::int AS waiting,
       count(*) FILTER (WHERE EXISTS (
           SELECT
           FROM bookings_classsession o
           WHERE o.status = 'scheduled' AND o.id NOT IN (SELECT id FROM moved)
             AND (o.room_id = moved.room_id OR o.trainer_id = moved.trainer_id)
             AND tstzrange(o.starts_at, o.ends_at) && moved.span
       ) OR EXISTS (
           SELECT
           FROM bookings_appointment a
           WHERE a.trainer_id = moved.trainer_id AND bookings_occupies(a.status)
             AND tstzrange(a.busy_from, a.busy_until) && moved.span
       ) OR EXISTS (
           SELECT
           FROM bookings_appointment a
           WHERE a.room_id = moved.room_id AND bookings_occupies(a.status)
             AND tstzrange(a.starts_at, a.ends_at) && moved.span
       )) AS taken
FROM moved;

-- name: offer
-- One row: the page's header, a trainer, the branches where they take appointments
-- (without a trainer all), what they give by the hour (without a trainer all that is
-- offered), and what the trainer teaches next where ``classes`` asks for it. The branch
-- and the service that are named are there, too, when they are switched off or not
-- given.
-- parameters: trainer text, branch text, service text, member bigint
-- parameters: classes boolean, now timestamptz
-- indexes: bookings_trainer_slug_key, bookings_availability_active
-- indexes: bookings_session_trainer_time, bookings_trainerservice_once
SELECT header.name, header.hue, header.currency, header.unread,
       to_json(t) AS trainer,
       EXISTS (
           SELECT FROM core_user u
           WHERE u.id = t.user_id AND u.is_active AND t.is_active
       ) AS is_in_use,
       (SELECT json_agg(
                   b ORDER BY b.id IS DISTINCT FROM t.branch_id, folded(b.name), b.id
               )::text
        FROM core_branch b
        WHERE b.slug = %(branch)s
           OR b.is_active AND (
               t.id IS NULL OR b.id = t.branch_id OR b.id IN (
                   SELECT a.branch_id
                   FROM bookings_availability a
                   WHERE a.trainer_id = t.id AND a.is_active
               )
           )) AS branches,
       (SELECT json_agg(s ORDER BY folded(s.name), s.minutes, s.id)::text
        FROM bookings_service s
        WHERE s.slug = %(service)s
           OR s.is_active AND (t.id IS NULL OR s.id IN (
                   SELECT g.service_id
                   FROM bookings_trainerservice g
                   WHERE g.trainer_id = t.id
               ))) AS services,
       (SELECT json_agg(
                   json_build_object(
                       'id', s.id, 'name', c.name, 'room', r.name, 'branch', b.name,
                       'starts', extract(epoch FROM s.starts_at),
                       'time_zone', s.time_zone, 'left', s.capacity - s.booked_count,
                       'waiting', s.waitlist_length
                   ) ORDER BY s.starts_at
               )
        FROM (
            SELECT n.*
            FROM bookings_classsession n
            WHERE n.trainer_id = t.id AND n.status = 'scheduled'
              AND n.starts_at > %(now)s::timestamptz
            ORDER BY n.starts_at
            LIMIT 8
        ) s
        JOIN bookings_gymclass c ON c.id = s.gym_class_id
        JOIN bookings_room r ON r.id = s.room_id
        JOIN core_branch b ON b.id = s.branch_id
        WHERE %(classes)s::boolean) AS classes
FROM core_page_header(%(member)s::bigint) header
LEFT JOIN bookings_trainer t ON t.slug = %(trainer)s;

-- name: trainers_time
-- One row: the policy that counts at a branch, what takes a client's time between two
-- instants, and who takes appointments there, by name. Each trainer comes with the
-- version of all that free times are made of: hours, the branch's hours and zone, extra
-- hours, and what takes the trainer's time, substitutes' classes and buffers included.
-- The version is a hash of these very times, so it is another one in the transaction
-- that changes any of them, and nobody writes it. What makes it up is sent along,
-- unless the caller has kept what comes of this version.
-- Trainers who are asked for are there while in use, without hours too. With a service
-- there are those who give it; without one each comes with those that they give.
-- Nothing is longer than 600 minutes, nor a buffer longer than 240, which bounds the
-- starts.
-- parameters: branch bigint, trainers bigint[], service bigint, first date, last date
-- parameters: starts timestamptz, ends timestamptz
-- parameters: client bigint, besides bigint, kept bigint[]
-- indexes: bookings_availability_day, bookings_policy_newest
-- indexes: bookings_trainerservice_once, bookings_trainerservice_givers
-- indexes: bookings_session_trainer_time, bookings_appt_trainer_time
-- indexes: bookings_exception_once, bookings_booking_member_time
-- indexes: bookings_appt_client_time
SELECT to_json(policy) AS policy,
       (SELECT json_agg(json_build_array(
                   extract(epoch FROM k.starts_at), extract(epoch FROM k.ends_at)
               ))
        FROM (
            SELECT p.starts_at, p.ends_at
            FROM bookings_booking p
            WHERE p.member_id = %(client)s::bigint AND bookings_holds_place(p.status)
              AND p.starts_at > %(starts)s::timestamptz - interval '600 minutes'
              AND p.starts_at < %(ends)s::timestamptz
            UNION ALL
            SELECT a.starts_at, a.ends_at
            FROM bookings_appointment a
            WHERE a.client_id = %(client)s::bigint AND bookings_occupies(a.status)
              AND a.id IS DISTINCT FROM %(besides)s::bigint
              AND a.starts_at > %(starts)s::timestamptz - interval '600 minutes'
              AND a.starts_at < %(ends)s::timestamptz
        ) k) AS client,
       (SELECT json_agg(
                   json_build_array(
                       t.id, t.name, t.slug, t.specialities, t.user_id,
                       CASE WHEN %(service)s::bigint IS NULL THEN (
                           SELECT json_agg(g.service_id)
                           FROM bookings_trainerservice g
                           WHERE g.trainer_id = t.id
                       ) END,
                       present.version,
                       CASE WHEN present.version <> ALL (%(kept)s::bigint[])
                       THEN json_build_object(
                           'hours', held.hours::json,
                           'opening', opening.hours::json,
                           'extra', (
                               SELECT json_agg(json_build_array(
                                   extract(epoch FROM lower(span)),
                                   extract(epoch FROM upper(span))
                               ))
                               FROM unnest(spans.extra) span
                           ),
                           'taken', (
                               SELECT json_agg(json_build_array(
                                   extract(epoch FROM lower(span)),
                                   extract(epoch FROM upper(span))
                               ))
                               FROM unnest(spans.taken) span
                           )
                       ) END
                   )
                   ORDER BY t.name, t.id
               )
        FROM bookings_trainer t
        JOIN core_user u ON u.id = t.user_id
        CROSS JOIN LATERAL (
            SELECT json_agg(rule ORDER BY rule.id)::text AS hours
            FROM (SELECT a.id, a.weekday, a.starts, a.ends, a.valid_from, a.valid_until
                  FROM bookings_availability a
                  WHERE a.trainer_id = t.id AND a.branch_id = b.id AND a.is_active
                    AND a.valid_from <= %(last)s::date
                    AND (a.valid_until IS NULL OR a.valid_until >= %(first)s::date)
                 ) rule
        ) held
        CROSS JOIN LATERAL (
            SELECT range_agg(time.span) FILTER (WHERE time.kind = 'extra') AS extra,
                   range_agg(time.span) FILTER (WHERE time.kind <> 'extra') AS taken
            FROM (
                SELECT 'class' AS kind, tstzrange(s.starts_at, s.ends_at) AS span
                FROM bookings_classsession s
                WHERE s.trainer_id = t.id AND s.status = 'scheduled'
                  AND s.starts_at > %(starts)s::timestamptz - interval '600 minutes'
                  AND s.starts_at < %(ends)s::timestamptz
                UNION ALL
                SELECT 'appointment', tstzrange(a.busy_from, a.busy_until)
                FROM bookings_appointment a
                WHERE a.trainer_id = t.id AND bookings_occupies(a.status)
                  AND a.id IS DISTINCT FROM %(besides)s::bigint
                  AND a.starts_at > %(starts)s::timestamptz - interval '840 minutes'
                  AND a.starts_at < %(ends)s::timestamptz + interval '240 minutes'
                UNION ALL
                SELECT e.kind, tstzrange(e.starts_at, e.ends_at)
                FROM bookings_availabilityexception e
                WHERE e.trainer_id = t.id
                  AND (e.kind <> 'extra' OR e.branch_id = b.id)
                  AND tstzrange(e.starts_at, e.ends_at)
                      && tstzrange(%(starts)s::timestamptz, %(ends)s::timestamptz)
            ) time
        ) spans
        CROSS JOIN LATERAL (
            SELECT hash_record_extended(
                       ROW(
                           t.id, b.id, b.time_zone, opening.hours, held.hours,
                           spans.extra, spans.taken
                       ), 0
                   ) AS version
        ) present
        WHERE t.is_active AND u.is_active
          AND (%(service)s::bigint IS NULL OR EXISTS (
              SELECT
              FROM bookings_trainerservice g
              WHERE g.trainer_id = t.id AND g.service_id = %(service)s::bigint
          ))
          AND (
            t.id = ANY(%(trainers)s::bigint[])
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
        )) AS trainers
FROM core_branch b
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
CROSS JOIN LATERAL (
    SELECT json_agg(open ORDER BY open.weekday, open.starts)::text AS hours
    FROM (SELECT h.weekday, h.opens AS starts, h.closes AS ends
          FROM core_branchhours h
          WHERE h.branch_id = b.id) open
) opening
WHERE b.id = %(branch)s AND b.is_active;

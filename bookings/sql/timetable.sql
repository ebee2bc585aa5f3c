-- name: week
-- A trainer's week and its version: a hash of what the rows of its classes and
-- appointments hold, with the clients' and services' names, and the version of all
-- other names. It is another one whenever any of that changes, in the transaction that
-- does, and nobody writes it: so nobody waits for it. What the caller has kept under
-- this very version is not read again.
-- parameters: trainer bigint, first date, last date, starts timestamptz
-- parameters: ends timestamptz, versions text[], kept text
-- indexes: bookings_session_trainer_time, bookings_appt_trainer_time
WITH taught AS MATERIALIZED (
    SELECT s.id, hash_record_extended(s, 0) AS content
    FROM bookings_classsession s
    WHERE s.trainer_id = %(trainer)s
      AND s.starts_at >= %(starts)s AND s.starts_at < %(ends)s
      AND s.session_date BETWEEN %(first)s AND %(last)s
), trained AS MATERIALIZED (
    SELECT a.id, hash_record_extended(a, 0) AS content,
           json_build_array(v.name, c.first_name, c.last_name) AS names
    FROM bookings_appointment a
    JOIN bookings_service v ON v.id = a.service_id
    JOIN core_user c ON c.id = a.client_id
    WHERE a.trainer_id = %(trainer)s
      AND a.starts_at >= %(starts)s AND a.starts_at < %(ends)s
      AND (a.starts_at AT TIME ZONE a.time_zone)::date BETWEEN %(first)s AND %(last)s
), present AS MATERIALIZED (
    SELECT encode(sha256(convert_to(concat_ws(
               E'\n',
               names.version,
               (SELECT json_agg(taught ORDER BY id)::text FROM taught),
               '',
               (SELECT json_agg(trained ORDER BY id)::text FROM trained)
           ), 'UTF8')), 'hex') AS version
    FROM core_version(%(versions)s::text[]) names
)
SELECT t.name AS trainer,
       present.version,
       CASE WHEN present.version IS DISTINCT FROM %(kept)s::text THEN (
           SELECT json_agg(session ORDER BY session.starts_at, session.id)
           FROM (
               SELECT s.id, s.session_date AS day, s.starts_at, s.ends_at, s.time_zone,
                      g.name, g.code, g.level, y.name AS class_type, s.topic, s.status,
                      r.name AS room, b.name AS branch, s.booked_count, s.capacity,
                      s.waitlist_length, s.trainer_id, t.name AS trainer,
                      s.substitute_for_id
               FROM taught
               JOIN bookings_classsession s ON s.id = taught.id
               JOIN bookings_gymclass g ON g.id = s.gym_class_id
               JOIN bookings_classtype y ON y.id = g.class_type_id
               JOIN bookings_room r ON r.id = s.room_id
               JOIN core_branch b ON b.id = s.branch_id
           ) session
       ) END AS sessions,
       CASE WHEN present.version IS DISTINCT FROM %(kept)s::text THEN (
           SELECT json_agg(appointment ORDER BY appointment.starts_at, appointment.id)
           FROM (
               SELECT a.id, (a.starts_at AT TIME ZONE a.time_zone)::date AS day,
                      a.starts_at, a.ends_at, a.time_zone, a.reference, a.status,
                      v.name, a.client_id, c.first_name, c.last_name, r.name AS room,
                      b.name AS branch
               FROM trained
               JOIN bookings_appointment a ON a.id = trained.id
               JOIN bookings_service v ON v.id = a.service_id
               JOIN core_user c ON c.id = a.client_id
               JOIN core_branch b ON b.id = a.branch_id
               LEFT JOIN bookings_room r ON r.id = a.room_id
           ) appointment
       ) END AS appointments
FROM present
JOIN bookings_trainer t ON t.id = %(trainer)s;

-- name: topics
-- Classes of some dates whose topic has all of the words, soonest first, of one trainer
-- or of everybody.
-- parameters: words text, trainer bigint, first date, last date, starts timestamptz
-- parameters: ends timestamptz, most int
-- indexes: bookings_session_topic
SELECT s.id, s.session_date AS day, s.starts_at, s.ends_at, s.time_zone, g.name, g.code,
       g.level, y.name AS class_type, s.topic, s.status, r.name AS room,
       b.name AS branch, s.booked_count, s.capacity, s.waitlist_length, s.trainer_id,
       t.name AS trainer, s.substitute_for_id
FROM bookings_classsession s
JOIN bookings_gymclass g ON g.id = s.gym_class_id
JOIN bookings_classtype y ON y.id = g.class_type_id
JOIN bookings_room r ON r.id = s.room_id
JOIN bookings_trainer t ON t.id = s.trainer_id
JOIN core_branch b ON b.id = s.branch_id
WHERE to_tsvector('english'::regconfig, COALESCE(s.topic, ''))
      @@ plainto_tsquery('english'::regconfig, %(words)s)
  AND s.topic <> ''
  AND s.session_date BETWEEN %(first)s AND %(last)s
  AND s.starts_at >= %(starts)s AND s.starts_at < %(ends)s
  AND (%(trainer)s::bigint IS NULL OR s.trainer_id = %(trainer)s::bigint)
ORDER BY s.starts_at, s.id
LIMIT %(most)s;

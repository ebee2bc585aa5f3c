-- name: visits_by_hour
-- How many checked in by weekday (0 being Monday) and hour, in the branches' own times.
-- One range of the index for each branch, in the partitions that the range touches.
-- Grouped by quarter of an hour first, so that the time zone (none is off by less) is
-- asked for 2,688 instants, not for every visit.
-- parameters: branches bigint[], since timestamptz, until timestamptz
-- indexes: bookings_checkin_branch
SELECT extract(isodow FROM local)::int - 1 AS weekday,
       extract(hour FROM local)::int AS hour,
       sum(n)::bigint AS visits
FROM (
    SELECT date_bin('15 minutes', c.at, 'epoch') AT TIME ZONE branch.time_zone AS local,
           count(*) AS n
    FROM core_branch branch
    JOIN bookings_checkin c ON c.branch_id = branch.id
    WHERE branch.id = ANY(%(branches)s) AND c.at >= %(since)s AND c.at < %(until)s
    GROUP BY date_bin('15 minutes', c.at, 'epoch'), branch.time_zone
) slots
GROUP BY 1, 2;

-- name: sessions_taught
-- The sessions of some time, summed by day, hour (their own zone's) and type: places
-- booked and offered, turns on waitlists. Thirty times fewer rows than bookings, whose
-- counts they carry.
-- parameters: branches bigint[], since timestamptz, until timestamptz
-- indexes: bookings_session_by_time
SELECT s.session_date AS day,
       extract(hour FROM s.starts_at AT TIME ZONE s.time_zone)::int AS hour,
       t.name AS class_type,
       sum(s.booked_count)::bigint AS booked,
       sum(s.capacity)::bigint AS places,
       sum(s.waitlist_last)::bigint AS waited
FROM bookings_classsession s
JOIN bookings_gymclass c ON c.id = s.gym_class_id
JOIN bookings_classtype t ON t.id = c.class_type_id
WHERE s.starts_at >= %(since)s AND s.starts_at < %(until)s
  AND s.status = 'scheduled' AND s.branch_id = ANY(%(branches)s)
GROUP BY 1, 2, 3;

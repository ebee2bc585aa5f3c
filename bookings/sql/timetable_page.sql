-- name: timetable_page
-- One row: the sessions of a branch's day with what their rows hold, the header of the
-- page, the house rules, what the member may book with, and the member's own week.
-- Without a day no session, without a member nobody's week. Each session is its id and
-- a hash of what its row holds.
-- parameters: member bigint, branch bigint, day date, today date, versions text[]
-- parameters: start timestamptz, end timestamptz, now timestamptz
-- indexes: bookings_session_branch_day, bookings_booking_member_time
-- indexes: bookings_waitlist_member, bookings_waitlist_head, memberships_of_member
SELECT names.version,
       (SELECT json_agg(
                   json_build_array(s.id, hash_record_extended(s, 0))
                   ORDER BY s.starts_at, s.id
               )
        FROM bookings_classsession s
        WHERE s.branch_id = %(branch)s AND s.session_date = %(day)s) AS sessions,
       header.name, header.hue, header.currency, header.unread,
       (SELECT to_json(policy) FROM bookings_policy_of(%(branch)s) policy) AS policy,
       (SELECT json_agg(place)
        FROM (
            SELECT b.session_id, s.session_date, b.status, b.reference,
                   extract(epoch FROM b.free_until) AS free_until,
                   b.allowance_id IS NOT NULL AS takes_class
            FROM bookings_booking b
            JOIN bookings_classsession s ON s.id = b.session_id
            WHERE b.member_id = %(member)s AND bookings_holds_place(b.status)
              AND b.starts_at >= %(start)s AND b.starts_at < %(end)s
        ) place) AS booked,
       (SELECT json_agg(entry)
        FROM (
            SELECT w.session_id, s.session_date, (
                       SELECT count(*)
                       FROM bookings_waitlistentry o
                       WHERE o.session_id = w.session_id AND o.status = 'waiting'
                         AND o.position <= w.position
                   ) AS rank
            FROM bookings_waitlistentry w
            JOIN bookings_classsession s ON s.id = w.session_id
            WHERE w.member_id = %(member)s AND w.status = 'waiting'
              AND w.starts_at >= %(start)s AND w.starts_at < %(end)s
        ) entry) AS waiting,
       (SELECT json_agg(entitlement)
        FROM memberships_entitlements(%(member)s::bigint, %(today)s::date) entitlement
       ) AS entitlements,
       (SELECT json_agg(
                   json_build_array(
                       n.session_id, c.name, r.name,
                       extract(epoch FROM n.starts_at), s.time_zone
                   )
                   ORDER BY n.starts_at
               )
        FROM (
            SELECT b.session_id, b.starts_at
            FROM bookings_booking b
            WHERE b.member_id = %(member)s AND b.status = 'booked'
              AND b.starts_at > %(now)s
            ORDER BY b.starts_at
            LIMIT 4
        ) n
        JOIN bookings_classsession s ON s.id = n.session_id
        JOIN bookings_gymclass c ON c.id = s.gym_class_id
        JOIN bookings_room r ON r.id = s.room_id) AS coming
FROM core_page_header(%(member)s) header,
     core_version(%(versions)s::text[]) names;

-- name: session_key
-- One session as timetable_page has it; no id where there is none.
-- parameters: session bigint, versions text[]
SELECT names.version, s.id, hash_record_extended(s, 0) AS content
FROM core_version(%(versions)s::text[]) names
LEFT JOIN bookings_classsession s ON s.id = %(session)s;

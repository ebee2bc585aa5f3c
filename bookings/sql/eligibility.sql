-- name: facts
-- Everything that the rules look at of one member and one session: this runs before
-- every booking. A class and an appointment last at most 600 minutes
-- (bookings_gymclass_lasts, bookings_appointment_lasts), so what overlaps began at most
-- that long before: the bound lets the indexes on the start find it. Bookings of unpaid
-- memberships are counted membership by membership, since nearly everybody has none: a
-- join would read all of a member's bookings for nothing.
-- parameters: session bigint, member bigint
-- indexes: bookings_booking_one_active, bookings_waitlistentry_one_active
-- indexes: bookings_booking_member_time, memberships_of_member
-- indexes: bookings_appt_client_time
SELECT s.id AS session_id, s.branch_id, c.name AS class_name, s.status, s.session_date,
       s.starts_at, s.ends_at, s.capacity, s.booked_count, s.waitlist_length,
       s.time_zone,
       to_json(policy) AS policy,
       member.is_active AS account_open,
       own.id AS booking_id, own.reference AS booking_reference,
       entry.id AS entry_id, entry.position AS entry_position,
       entry.membership_id AS reserved_membership_id,
       clash.name AS clash_name, clash.starts_at AS clash_starts_at,
       (SELECT json_agg(entitlement)
        FROM memberships_entitlements(member.id, s.session_date) entitlement
       ) AS entitlements,
       (SELECT coalesce(sum(booked.classes), 0)::int
        FROM memberships_entitlements(member.id, s.session_date) unpaid
        CROSS JOIN LATERAL (
            SELECT count(*) AS classes
            FROM bookings_booking b
            WHERE b.member_id = member.id AND b.membership_id = unpaid.membership_id
              AND b.status <> 'cancelled'
        ) booked
        WHERE NOT unpaid.was_paid) AS booked_unpaid
FROM bookings_classsession s
JOIN bookings_gymclass c ON c.id = s.gym_class_id
JOIN core_user member ON member.id = %(member)s
CROSS JOIN LATERAL bookings_policy_of(s.branch_id) policy
LEFT JOIN bookings_booking own
    ON own.session_id = s.id AND own.member_id = member.id
    AND bookings_holds_place(own.status)
LEFT JOIN bookings_waitlistentry entry
    ON entry.session_id = s.id AND entry.member_id = member.id
    AND entry.status = 'waiting'
LEFT JOIN LATERAL (
    (SELECT other_class.name, other.starts_at
     FROM bookings_booking other
     JOIN bookings_classsession other_session ON other_session.id = other.session_id
     JOIN bookings_gymclass other_class ON other_class.id = other_session.gym_class_id
     WHERE other.member_id = member.id AND bookings_holds_place(other.status)
       AND other.session_id <> s.id
       AND other.starts_at < s.ends_at AND other.ends_at > s.starts_at
       AND other.starts_at > s.starts_at - interval '600 minutes'
     LIMIT 1)
    UNION ALL
    (SELECT service.name, appointment.starts_at
     FROM bookings_appointment appointment
     JOIN bookings_service service ON service.id = appointment.service_id
     WHERE appointment.client_id = member.id AND bookings_occupies(appointment.status)
       AND appointment.starts_at < s.ends_at AND appointment.ends_at > s.starts_at
       AND appointment.starts_at > s.starts_at - interval '600 minutes'
     LIMIT 1)
    LIMIT 1
) clash ON true
WHERE s.id = %(session)s;

-- name: booked_unpaid
-- How many classes a member has on memberships whose first payment is still to be
-- taken, whatever the day.
-- parameters: member bigint
-- indexes: memberships_of_member, bookings_booking_member_time
SELECT coalesce(sum(booked.classes), 0)::int AS classes
FROM memberships_entitlements(%(member)s::bigint, NULL::date) unpaid
CROSS JOIN LATERAL (
    SELECT count(*) AS classes
    FROM bookings_booking b
    WHERE b.member_id = %(member)s AND b.membership_id = unpaid.membership_id
      AND b.status <> 'cancelled'
) booked
WHERE NOT unpaid.was_paid;

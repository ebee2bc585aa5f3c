-- name: seed_past_bookings_are_decided
-- A booking of a session that is over is attended or a no-show, one that lies ahead is
-- neither.
-- tables: bookings_booking, core_event
SELECT b.id, b.status
FROM bookings_booking b,
     (SELECT at AS now FROM core_event WHERE kind = 'seeded') seeded
WHERE b.status = 'booked' AND b.ends_at <= now
   OR b.status IN ('attended', 'no_show') AND b.ends_at > now;

-- name: seed_waits_only_for_full_sessions_ahead
-- Who waits, waits for a session that is full, goes ahead and has not begun.
-- tables: bookings_waitlistentry, bookings_classsession, core_event
SELECT w.id
FROM bookings_waitlistentry w
JOIN bookings_classsession s ON s.id = w.session_id,
     (SELECT at AS now FROM core_event WHERE kind = 'seeded') seeded
WHERE w.status = 'waiting'
  AND (s.booked_count < s.capacity OR s.starts_at <= now OR s.status <> 'scheduled');

-- name: seed_attended_bookings_have_a_visit
-- Every attended booking has one check-in, within 30 minutes of its start.
-- tables: bookings_booking, bookings_checkin
SELECT b.id, visits
FROM bookings_booking b
LEFT JOIN (
    SELECT booking_id, count(*) AS visits, min(at) AS first, max(at) AS last
    FROM bookings_checkin
    WHERE booking_id IS NOT NULL
    GROUP BY booking_id
) came ON came.booking_id = b.id
WHERE b.status = 'attended'
  AND (
      visits IS DISTINCT FROM 1
      OR first < b.starts_at - interval '30 minutes'
      OR last > b.starts_at + interval '30 minutes'
  );

-- name: seed_booked_within_the_window
-- Nobody booked before the window of their plan opened, after the start, or after the
-- day of the seed.
-- tables: bookings_booking, memberships_membership, core_event
SELECT b.id
FROM bookings_booking b
JOIN memberships_membership m ON m.id = b.membership_id,
     (SELECT at AS now FROM core_event WHERE kind = 'seeded') seeded
WHERE b.booked_at >= b.starts_at
   OR b.booked_at > now
   OR b.booked_at < m.created_at
   OR b.booked_at < b.starts_at - coalesce(m.booking_window_days, 14) * interval '1 day'
   OR b.cancelled_at < b.booked_at
   OR b.cancelled_at > b.starts_at
   OR b.cancelled_at > now;

-- name: seed_nothing_from_the_future
-- Nobody joined, paid, enrolled, visited, lined up, ordered, reviewed, delivered or
-- took an appointment after the seed's day began.
-- tables: core_user, payments_payment, memberships_membership, bookings_checkin
-- tables: bookings_waitlistentry, catalog_order, catalog_review, catalog_stockentry
-- tables: catalog_pricechange, catalog_rental, core_event, bookings_appointment
-- tables: bookings_clientnote
SELECT kind, latest
FROM (SELECT at AS now FROM core_event WHERE kind = 'seeded') seeded,
(
    SELECT 'user' AS kind, max(date_joined) AS latest FROM core_user
    UNION ALL
    SELECT 'payment', max(greatest(created_at, paid_at)) FROM payments_payment
    UNION ALL
    SELECT 'membership', max(created_at) FROM memberships_membership
    UNION ALL
    SELECT 'visit', max(at) FROM bookings_checkin
    UNION ALL
    SELECT 'line', max(joined_at) FROM bookings_waitlistentry
    UNION ALL
    SELECT 'order', max(greatest(placed_at, ready_at, collected_at)) FROM catalog_order
    UNION ALL
    SELECT 'review', max(greatest(created_at, moderated_at)) FROM catalog_review
    UNION ALL
    SELECT 'stock', max(at) FROM catalog_stockentry
    UNION ALL
    SELECT 'price', max(at) FROM catalog_pricechange
    UNION ALL
    SELECT 'rental', max(greatest(created_at, returned_at)) FROM catalog_rental
    UNION ALL
    SELECT 'appointment',
           max(greatest(booked_at, checked_in_at, over_at, cancelled_at))
    FROM bookings_appointment
    UNION ALL
    SELECT 'note', max(created_at) FROM bookings_clientnote
) latest
WHERE latest > now;

-- name: seed_bought_at_the_price_of_its_time
-- Each line was bought after its product came, at the price of that moment.
-- tables: catalog_cartitem, catalog_order, catalog_pricechange
WITH price AS (
    SELECT product_id,
           price_minor,
           at,
           lead(at, 1, 'infinity') OVER (PARTITION BY product_id ORDER BY at) AS until
    FROM catalog_pricechange
)
SELECT i.id
FROM catalog_cartitem i
JOIN catalog_order o ON o.cart_id = i.cart_id
LEFT JOIN price p
    ON p.product_id = i.product_id
    AND p.at <= o.placed_at
    AND o.placed_at < p.until
WHERE p.price_minor IS DISTINCT FROM i.price_minor;

-- name: seed_ledger_is_in_the_order_of_time
-- Stock entries are numbered in the order of time, and each balance follows the one
-- before.
-- tables: catalog_stockentry
SELECT id
FROM (
    SELECT id,
           at,
           quantity,
           balance,
           lag(at) OVER turns AS earlier,
           lag(balance, 1, 0) OVER turns AS before
    FROM catalog_stockentry
    WINDOW turns AS (PARTITION BY product_id ORDER BY id)
) entries
WHERE at < earlier OR balance <> before + quantity;

-- name: seed_past_appointments_are_decided
-- An appointment that is over was completed, missed or cancelled, one that lies ahead
-- was neither completed nor missed.
-- tables: bookings_appointment, core_event
SELECT a.id, a.status
FROM bookings_appointment a,
     (SELECT at AS now FROM core_event WHERE kind = 'seeded') seeded
WHERE a.status IN ('requested', 'booked', 'confirmed', 'checked_in')
      AND a.ends_at <= now
   OR a.status IN ('completed', 'no_show') AND a.ends_at > now;

-- name: seed_appointments_within_hours
-- Each appointment lies within its trainer's hours and its branch's, on its service's
-- raster.
-- tables: bookings_appointment, bookings_service, bookings_availability
-- tables: core_branchhours
WITH local AS (
    SELECT a.id,
           a.trainer_id,
           a.branch_id,
           a.service_id,
           a.starts_at AT TIME ZONE a.time_zone AS begins,
           a.ends_at AT TIME ZONE a.time_zone AS until
    FROM bookings_appointment a
)
SELECT l.id
FROM local l
JOIN bookings_service s ON s.id = l.service_id
WHERE mod(
          extract(hour FROM begins)::int * 60 + extract(minute FROM begins)::int,
          s.raster_minutes
      ) <> 0
   OR NOT EXISTS (
       SELECT
       FROM bookings_availability w
       JOIN core_branchhours h
           ON h.branch_id = w.branch_id AND h.weekday = w.weekday
       WHERE w.trainer_id = l.trainer_id
         AND w.branch_id = l.branch_id
         AND w.weekday = extract(isodow FROM begins)::int - 1
         AND w.starts <= begins::time AND until::time <= w.ends
         AND h.opens <= begins::time AND until::time <= h.closes
         AND w.valid_from <= begins::date
   );

-- name: seed_appointments_are_given
-- Each appointment is of a service that its trainer gives.
-- tables: bookings_appointment, bookings_trainerservice
SELECT a.id
FROM bookings_appointment a
WHERE NOT EXISTS (
    SELECT
    FROM bookings_trainerservice g
    WHERE g.trainer_id = a.trainer_id AND g.service_id = a.service_id
);

-- name: seed_appointments_booked_in_time
-- An appointment was booked by somebody who had joined, two hours to 42 days before,
-- and paid, cancelled and given back after that; a late one was cancelled late.
-- tables: bookings_appointment, core_user, payments_payment, payments_ledgerentry
SELECT a.id, a.status
FROM bookings_appointment a
JOIN core_user u ON u.id = a.client_id
JOIN payments_payment p ON p.id = a.payment_id
LEFT JOIN payments_ledgerentry back ON back.payment_id = p.id AND back.kind = 'refund'
WHERE a.booked_at < u.date_joined
   OR a.booked_at > a.starts_at - interval '2 hours'
   OR a.booked_at < a.starts_at - interval '42 days'
   OR a.cancelled_at NOT BETWEEN a.booked_at AND a.starts_at
   OR (a.status = 'late_cancelled') <> (a.cancelled_at > a.free_until)
   OR p.paid_at < a.booked_at
   OR back.at < a.cancelled_at;

-- name: seed_appointments_are_as_many
-- There are as many appointments as were asked for, each with a payment; of those that
-- are over three quarters and more took place, some were missed, some given up.
-- tables: bookings_appointment, core_event
SELECT asked, made, came, missed, given_up
FROM (
    SELECT (data->>'appointments')::bigint AS asked, at AS now
    FROM core_event
    WHERE kind = 'seeded'
) seeded,
LATERAL (
    SELECT count(payment_id) AS made,
           count(*) FILTER (WHERE ends_at <= now) AS done,
           count(*) FILTER (WHERE status = 'completed') AS came,
           count(*) FILTER (WHERE status = 'no_show') AS missed,
           count(*) FILTER (
               WHERE ends_at <= now AND status IN ('cancelled', 'late_cancelled')
           ) AS given_up
    FROM bookings_appointment
) found
WHERE made <> asked
   OR asked > 0
      AND NOT (
          came BETWEEN done * 0.75 AND done * 0.92
          AND missed BETWEEN done * 0.02 AND done * 0.08
          AND given_up BETWEEN done * 0.06 AND done * 0.2
      );

-- name: closed_accounts_hold_nothing
-- A closed account has no running membership, no booking, turn or appointment ahead and
-- nothing booked to rent (an hour after it was closed, since jobs end these).
-- tables: core_user, core_event, memberships_membership, bookings_booking
-- tables: bookings_waitlistentry, bookings_appointment, catalog_rental
SELECT held.what, held.id, u.id AS member_id
FROM core_user u
JOIN (
    SELECT 'membership' AS what, id, member_id
    FROM memberships_membership
    WHERE status <> 'ended'
    UNION ALL
    SELECT 'booking', id, member_id
    FROM bookings_booking
    WHERE status = 'booked' AND starts_at > now()
    UNION ALL
    SELECT 'appointment', id, client_id
    FROM bookings_appointment
    WHERE status IN ('requested', 'booked', 'confirmed') AND starts_at > now()
    UNION ALL
    SELECT 'turn', id, member_id
    FROM bookings_waitlistentry
    WHERE status = 'waiting' AND starts_at > now()
    UNION ALL
    SELECT 'rental', id, member_id
    FROM catalog_rental
    WHERE status = 'booked'
) held ON held.member_id = u.id
WHERE NOT u.is_active
  AND NOT EXISTS (
      SELECT
      FROM core_event e
      WHERE e.member_id = u.id
        AND e.kind = 'deactivated'
        AND e.at > now() - interval '1 hour'
  );

-- name: what_lies_ahead_is_in_use
-- A session ahead is in a room and at a branch that are in use (an hour after one was
-- switched off, since a job calls its sessions off), and a rental booked is of a unit
-- that is.
-- tables: bookings_classsession, bookings_room, core_branch, core_event, catalog_rental
-- tables: catalog_rentalunit
SELECT 'session' AS what, s.id
FROM bookings_classsession s
JOIN bookings_room r ON r.id = s.room_id
JOIN core_branch b ON b.id = s.branch_id
WHERE s.status = 'scheduled'
  AND s.starts_at > now()
  AND NOT (r.is_active AND b.is_active)
  AND NOT EXISTS (
      SELECT
      FROM core_event e
      WHERE e.at > now() - interval '1 hour'
        AND (
            e.kind = 'room_off' AND e.subject = 'room' AND e.subject_id = s.room_id
            OR e.kind = 'branch_off'
            AND e.subject = 'branch'
            AND e.subject_id = s.branch_id
        )
  )
UNION ALL
SELECT 'rental', l.id
FROM catalog_rental l
JOIN catalog_rentalunit u ON u.id = l.unit_id
WHERE l.status = 'booked'
  AND NOT u.is_active
  AND NOT EXISTS (
      SELECT
      FROM core_event e
      WHERE e.at > now() - interval '1 hour'
        AND e.kind = 'rentalunit_off'
        AND e.subject = 'rentalunit'
        AND e.subject_id = u.id
  );

-- name: ledger_matches_payments
-- A paid payment has its amount in the ledger, less exactly what it says went back, and
-- something of it is left; a refunded one comes to nothing; no other has entries. What
-- went back is what its order says, and no less than what its rental's deposit does.
-- tables: payments_payment, payments_ledgerentry, catalog_order, catalog_rental
SELECT p.id, p.status, p.amount_minor, p.refunded_minor, total
FROM payments_payment p
LEFT JOIN (
    SELECT payment_id, sum(amount_minor) AS total
    FROM payments_ledgerentry
    GROUP BY payment_id
) ledger ON ledger.payment_id = p.id
LEFT JOIN (
    SELECT payment_id, refunded_minor AS at_least, refunded_minor AS at_most
    FROM catalog_order
    UNION ALL
    SELECT payment_id, greatest(deposit_minor - late_minor, 0), NULL
    FROM catalog_rental
    WHERE status = 'returned' AND payment_id IS NOT NULL
) back ON back.payment_id = p.id
WHERE CASE p.status
    WHEN 'paid' THEN
        total IS DISTINCT FROM p.amount_minor - p.refunded_minor OR total <= 0
        OR p.refunded_minor < back.at_least OR p.refunded_minor > back.at_most
    WHEN 'refunded' THEN
        total IS DISTINCT FROM 0 OR p.refunded_minor <> p.amount_minor
    ELSE total IS NOT NULL OR p.refunded_minor <> 0
END;

-- name: paid_payment_has_one_thing
-- What was paid, refunded ones included, has bought exactly one order, rental, late
-- fee, period or appointment.
-- tables: payments_payment, catalog_order, catalog_rental, memberships_billingperiod
-- tables: bookings_appointment
SELECT p.id, p.purpose, count(thing.payment_id)
FROM payments_payment p
LEFT JOIN (
    SELECT payment_id FROM catalog_order
    UNION ALL
    SELECT payment_id FROM catalog_rental WHERE payment_id IS NOT NULL
    UNION ALL
    SELECT late_payment_id FROM catalog_rental WHERE late_payment_id IS NOT NULL
    UNION ALL
    SELECT payment_id FROM memberships_billingperiod WHERE payment_id IS NOT NULL
    UNION ALL
    SELECT payment_id FROM bookings_appointment WHERE payment_id IS NOT NULL
) thing ON thing.payment_id = p.id
WHERE p.status IN ('paid', 'refunded')
GROUP BY p.id, p.purpose
HAVING count(thing.payment_id) <> 1;

-- name: thing_has_its_money
-- What a member has is paid, or is to be paid: a rental that stands is not given back,
-- one that ended waits for no payment of its fees, no period's money goes back before
-- it entered the ledger, and an appointment cancelled in time or declined costs
-- nothing. What the provider gave back by itself staff see.
-- tables: payments_payment, catalog_rental, memberships_billingperiod
-- tables: bookings_appointment, core_event
SELECT 'rental' AS thing, r.id, r.status, p.status AS payment
FROM catalog_rental r
JOIN payments_payment p ON p.id = r.payment_id
WHERE CASE
    WHEN r.status IN ('booked', 'out') THEN
        p.status NOT IN ('paid', 'pending')
        AND NOT EXISTS (
            SELECT
            FROM core_event e
            WHERE e.kind = 'money_returned_by_provider' AND e.subject_id = p.id
        )
    ELSE p.status = 'pending'
END
UNION ALL
SELECT 'period', b.id, '', p.status
FROM memberships_billingperiod b
JOIN payments_payment p ON p.id = b.payment_id
WHERE p.status IN ('returning', 'returned')
   OR (p.amount_minor, p.currency) <> (b.amount_minor, b.currency)
UNION ALL
SELECT 'appointment', a.id, a.status, p.status
FROM bookings_appointment a
JOIN payments_payment p ON p.id = a.payment_id
WHERE CASE
    WHEN a.status IN ('cancelled', 'declined') THEN p.status IN ('pending', 'paid')
    WHEN a.status IN ('late_cancelled', 'completed', 'no_show') THEN
        p.status NOT IN ('pending', 'paid', 'refunded')
    ELSE
        p.status NOT IN ('pending', 'paid')
        AND NOT EXISTS (
            SELECT
            FROM core_event e
            WHERE e.kind = 'money_returned_by_provider' AND e.subject_id = p.id
        )
END;

-- name: move_booking
-- A booking goes with its session. free_until as it is reckoned for a new booking, with
-- the time of grace for who finds the class moved.
-- parameters: booking bigint, starts timestamptz, ends timestamptz, now timestamptz
UPDATE bookings_booking b
SET starts_at = %(starts)s, ends_at = %(ends)s, sequence = b.sequence + 1,
    free_until = least(%(starts)s, greatest(
        %(starts)s - p.cutoff_minutes * interval '1 minute',
        b.free_until + (%(starts)s - b.starts_at),
        %(now)s + p.promoted_grace_minutes * interval '1 minute'
    ))
FROM bookings_bookingpolicy p
WHERE p.id = b.policy_id AND b.id = %(booking)s;

-- name: take_unit
-- Picks a unit that is free on all the days and not still out from before, and holds
-- it: one that is put away at this moment is passed over. ON CONFLICT lets the
-- exclusion constraint decide between two members at once: the second gets no row, and
-- asks again for another unit.
-- parameters: kind bigint, branch bigint, member bigint, reference text
-- parameters: starts_on date, ends_on date, today date, now timestamptz
-- parameters: fee int, late_fee int, deposit int, currency text
-- indexes: catalog_rentalunit_kind, catalog_rental_unit_free
WITH picked AS (
    SELECT u.id, u.branch_id
    FROM catalog_rentalunit u
    WHERE u.kind_id = %(kind)s AND u.branch_id = %(branch)s AND u.is_active
      AND NOT EXISTS (
          SELECT FROM catalog_rental r
          WHERE r.unit_id = u.id AND r.status IN ('booked', 'out')
            AND (daterange(r.starts_on, r.ends_on, '[]')
                 && daterange(%(starts_on)s, %(ends_on)s, '[]')
                 OR r.status = 'out' AND r.ends_on < %(today)s)
      )
    ORDER BY u.id
    LIMIT 1
    FOR SHARE OF u
)
INSERT INTO catalog_rental (
    reference, branch_id, unit_id, member_id, status, starts_on, ends_on,
    fee_minor, late_fee_minor, deposit_minor, currency, created_at
)
SELECT %(reference)s, branch_id, id, %(member)s, 'booked', %(starts_on)s, %(ends_on)s,
       %(fee)s, %(late_fee)s, %(deposit)s, %(currency)s, %(now)s
FROM picked
ON CONFLICT DO NOTHING
RETURNING id;

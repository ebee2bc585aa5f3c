-- name: payments
-- The payments of these members: what the ledger has of each, and whether it has its
-- thing.
-- parameters: members bigint[]
SELECT p.key,
       p.member_id AS member,
       p.amount_minor AS amount,
       (
           SELECT coalesce(sum(e.amount_minor), 0)
           FROM payments_ledgerentry e
           WHERE e.payment_id = p.id
       ) AS entered,
       EXISTS (SELECT FROM catalog_order o WHERE o.payment_id = p.id)
           OR EXISTS (
               SELECT
               FROM catalog_rental r
               WHERE r.payment_id = p.id AND r.status = 'booked'
           )
           OR EXISTS (
               SELECT FROM memberships_billingperiod b WHERE b.payment_id = p.id
           ) AS has_thing
FROM payments_payment p
WHERE p.member_id = ANY (%(members)s);

-- name: without_payment
-- How many things these members have that nobody was asked to pay.
-- parameters: members bigint[]
SELECT member_id AS member, count(*) AS things
FROM (
    SELECT member_id, payment_id FROM catalog_order
    UNION ALL
    SELECT member_id, payment_id FROM catalog_rental WHERE status = 'booked'
    UNION ALL
    SELECT m.member_id, b.payment_id
    FROM memberships_membership m
    LEFT JOIN memberships_billingperiod b ON b.membership_id = m.id
) thing
WHERE payment_id IS NULL AND member_id = ANY (%(members)s)
GROUP BY member_id;

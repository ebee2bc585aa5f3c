-- name: bought
-- What came of these payments: what the ledger has of each, and what it bought.
-- parameters: payments bigint[]
SELECT p.id AS payment,
       p.amount_minor AS amount,
       (
           SELECT coalesce(sum(e.amount_minor), 0)
           FROM payments_ledgerentry e
           WHERE e.payment_id = p.id
       ) AS entered,
       (
           SELECT count(*)
           FROM memberships_membership m
           WHERE m.member_id = p.member_id
       ) AS things
FROM payments_payment p
WHERE p.id = ANY (%(payments)s);

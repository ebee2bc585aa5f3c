-- name: returning
-- The refunds of these payments that the provider is to be asked for.
-- parameters: payments bigint[]
SELECT subject_id AS payment,
       (data ->> 'entry')::bigint AS entry,
       (data ->> 'amount_minor')::bigint AS amount
FROM core_event
WHERE kind = 'money_returned' AND subject_id = ANY (%(payments)s);

-- name: prize
-- How often something of a payment was refunded or cancelled, and what the ledger has
-- of it.
-- parameters: payment bigint
SELECT p.key,
       (
           SELECT coalesce(sum(e.amount_minor), 0)
           FROM payments_ledgerentry e
           WHERE e.payment_id = p.id
       ) AS entered,
       (
           SELECT count(*)
           FROM catalog_refund r
           JOIN catalog_order o ON o.id = r.order_id
           WHERE o.payment_id = p.id
       ) + (
           SELECT count(*)
           FROM catalog_rental
           WHERE payment_id = p.id AND status = 'cancelled'
       ) AS refunds
FROM payments_payment p
WHERE p.id = %(payment)s;

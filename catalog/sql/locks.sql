-- name: lock_levels
-- Holds what lies of some products, by key, so that two orders of the same products
-- take their rows in one order.
-- parameters: products bigint[]
SELECT product_id, on_hand
FROM catalog_stocklevel
WHERE product_id = ANY(%(products)s)
ORDER BY product_id
FOR NO KEY UPDATE;

-- name: lock_purchasing
-- Until the transaction ends nobody else comes past this. Nothing else takes an
-- advisory lock of this number.
SELECT pg_advisory_xact_lock(7310901);

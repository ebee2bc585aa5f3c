-- name: stock_to_plan
-- Of each product that is on sale and has stock: what lies there, what sold in each of
-- the last weeks, the last one weighed most, and what is still to come of open orders.
-- Weeks end with the last midnight, so a plan stands for the day; it is UTC's, since
-- the stock is the whole brand's. Without products, of all.
-- parameters: weeks timestamptz[], since timestamptz, midnight timestamptz
-- parameters: currency text, products bigint[]
-- indexes: catalog_stockentry_sold, catalog_purchaseline_open
WITH sold AS (
    SELECT product_id,
           sum(-quantity * width_bucket(at, %(weeks)s::timestamptz[])) AS weighted
    FROM catalog_stockentry
    WHERE at >= %(since)s AND at < %(midnight)s AND kind IN ('sale', 'return')
    GROUP BY product_id
), ordered AS (
    SELECT l.product_id, sum(l.quantity - l.received) AS units
    FROM catalog_purchaseline l
    JOIN catalog_purchaseorder o ON o.id = l.order_id
    WHERE l.received < l.quantity AND o.status IN ('ordered', 'part_received')
    GROUP BY l.product_id
)
SELECT p.id AS product_id, p.name AS product, p.created_at, s.on_hand, s.reorder_at,
       coalesce(o.units, 0)::bigint AS on_order,
       coalesce(sold.weighted, 0)::bigint AS weighted,
       coalesce(
           (SELECT currency FROM core_brand WHERE id = 1), %(currency)s
       ) AS currency
FROM catalog_product p
JOIN catalog_stocklevel s ON s.product_id = p.id
LEFT JOIN sold ON sold.product_id = p.id
LEFT JOIN ordered o ON o.product_id = p.id
WHERE p.status = 'on_sale'
  AND p.tracks_stock
  AND (%(products)s::bigint[] IS NULL OR p.id = ANY(%(products)s))
ORDER BY p.id;

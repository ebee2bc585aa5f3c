-- name: count_pairs
-- One more order for each pair of products in a cart. Pairs by key, so that two orders
-- of the same products take their rows in one order.
-- parameters: cart bigint
-- indexes: catalog_cartitem_one_a_product, catalog_productpair_once
INSERT INTO catalog_productpair (product_id, other_id, orders)
SELECT a.product_id, b.product_id, 1
FROM catalog_cartitem a
JOIN catalog_cartitem b ON b.cart_id = a.cart_id AND b.product_id <> a.product_id
WHERE a.cart_id = %(cart)s
ORDER BY a.product_id, b.product_id
ON CONFLICT (product_id, other_id) DO UPDATE SET
    orders = catalog_productpair.orders + 1;

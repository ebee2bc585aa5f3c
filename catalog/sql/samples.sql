-- name: fullest_category
-- The category with the most products.
SELECT c.slug AS category
FROM catalog_category c
JOIN catalog_product p ON p.category_id = c.id
GROUP BY c.slug
ORDER BY count(*) DESC, c.slug
LIMIT 1;

-- name: best_known_product
-- The product with the most reviews.
SELECT id AS product
FROM catalog_product
ORDER BY review_count DESC, id
LIMIT 1;

-- name: product_and_reader
-- The same by its name in addresses, read by somebody who has ordered.
SELECT slug,
       (SELECT member_id FROM catalog_order ORDER BY hashint8(id) LIMIT 1) AS member_id,
       now() AS now
FROM catalog_product
ORDER BY review_count DESC, id
LIMIT 1;

-- name: some_products
-- As many products as a cart may hold.
SELECT array_agg(id) AS product_ids, now() AS now
FROM (SELECT id FROM catalog_product ORDER BY id LIMIT 3) p;

-- name: buyer
-- Somebody who has ordered.
SELECT member_id
FROM catalog_order
ORDER BY hashint8(id)
LIMIT 1;

-- name: buyer_now
-- The same, at this moment.
SELECT member_id, now() AS now
FROM catalog_order
ORDER BY hashint8(id)
LIMIT 1;

-- name: owner_of_cart
-- Somebody who has or had a cart.
SELECT member_id
FROM catalog_cart
ORDER BY hashint8(id)
LIMIT 1;

-- name: purchase
-- Somebody and what they bought.
SELECT member_id, product_id
FROM catalog_cart c
JOIN catalog_cartitem i ON i.cart_id = c.id
WHERE c.status = 'ordered'
ORDER BY hashint8(i.id)
LIMIT 1;

-- name: order
-- An order.
SELECT id AS order_id
FROM catalog_order
ORDER BY hashint8(id)
LIMIT 1;

-- name: order_from_stock
-- An order that took something from stock.
SELECT order_id
FROM catalog_stockentry
WHERE kind = 'sale'
ORDER BY hashint8(id)
LIMIT 1;

-- name: delivery
-- A delivery that brought something.
SELECT delivery_id
FROM catalog_stockentry
WHERE delivery_id IS NOT NULL
ORDER BY hashint8(id)
LIMIT 1;

-- name: renter
-- Somebody who has rented.
SELECT member_id
FROM catalog_rental
ORDER BY hashint8(id)
LIMIT 1;

-- name: branch_with_most_units
-- The branch that lends the most, on some day.
SELECT branch_id, current_date AS today
FROM catalog_rentalunit
GROUP BY 1
ORDER BY count(*) DESC, 1
LIMIT 1;

-- name: sales
-- What was bought of these products, by whom, and whether it is paid.
-- parameters: products bigint[]
SELECT i.product_id AS product,
       c.member_id AS member,
       o.id,
       o.reference,
       e.quantity,
       p.status = 'paid' AS paid
FROM catalog_cartitem i
JOIN catalog_cart c ON c.id = i.cart_id
JOIN catalog_order o ON o.cart_id = c.id
LEFT JOIN catalog_stockentry e
    ON e.order_id = o.id AND e.product_id = i.product_id
LEFT JOIN payments_payment p ON p.id = o.payment_id
WHERE i.product_id = ANY (%(products)s);

-- name: levels
-- How many of these products lie there.
-- parameters: products bigint[]
SELECT product_id AS product, on_hand
FROM catalog_stocklevel
WHERE product_id = ANY (%(products)s);

-- name: rentals
-- Who has rented units of these kinds.
-- parameters: kinds bigint[]
SELECT u.kind_id AS kind,
       r.member_id AS member,
       r.id,
       r.reference,
       p.status = 'paid' AS paid
FROM catalog_rental r
JOIN catalog_rentalunit u ON u.id = r.unit_id
LEFT JOIN payments_payment p ON p.id = r.payment_id
WHERE u.kind_id = ANY (%(kinds)s) AND r.status IN ('booked', 'out');

-- name: charges
-- How often the cards of these members were charged, however many orders and rentals
-- there are.
-- parameters: members bigint[], amount bigint
SELECT p.member_id AS member, count(*) AS charges
FROM payments_payment p
JOIN payments_ledgerentry e ON e.payment_id = p.id
WHERE p.member_id = ANY (%(members)s)
  AND p.gateway = 'card'
  AND p.amount_minor = %(amount)s
  AND p.status = 'paid'
GROUP BY p.member_id;

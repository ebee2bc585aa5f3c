-- name: add_to_cart
-- What members do most, in one statement: hold the cart, look at the product, put it
-- in, let go of what the cart held. No row means that there is no cart yet or that
-- something refuses it. A payment may have begun while the statement waited for the
-- cart; then the cart names another one than was joined, which is no row either. The
-- product is held too: read before the wait, it might be one that is withdrawn by now.
-- The columns stand as those of the table do.
-- parameters: member bigint, product bigint, quantity int, largest int
-- indexes: catalog_cart_one_open, catalog_cartitem_one_a_product
WITH wanted AS (
    SELECT c.id AS cart_id, p.id AS product_id, p.name, p.price_minor, p.currency,
           least(%(largest)s, CASE WHEN p.tracks_stock THEN s.on_hand END) AS most
    FROM catalog_cart c
    JOIN catalog_product p ON p.id = %(product)s AND p.status = 'on_sale'
    LEFT JOIN catalog_stocklevel s ON s.product_id = p.id
    LEFT JOIN payments_payment paying ON paying.id = c.payment_id
    WHERE c.member_id = %(member)s
      AND c.status = 'open'
      AND (c.payment_id IS NULL OR paying.status <> 'pending')
    FOR NO KEY UPDATE OF c FOR SHARE OF p
), put AS (
    INSERT INTO catalog_cartitem AS i (
        cart_id, product_id, name, quantity, price_minor, currency
    )
    SELECT cart_id, product_id, name, %(quantity)s, price_minor, currency
    FROM wanted
    WHERE most >= %(quantity)s
    ON CONFLICT (cart_id, product_id) DO UPDATE SET
        name = excluded.name,
        quantity = i.quantity + excluded.quantity,
        price_minor = excluded.price_minor,
        currency = excluded.currency
        WHERE i.quantity + excluded.quantity <= (SELECT most FROM wanted)
    RETURNING id, cart_id, product_id, name, quantity, price_minor, currency
), let_go AS (
    DELETE FROM catalog_stockhold WHERE cart_id IN (SELECT cart_id FROM put)
)
SELECT id, cart_id, product_id, name, quantity, price_minor, currency
FROM put;

-- name: pieces
-- How many things lie in a member's open cart.
-- parameters: member bigint
-- indexes: catalog_cart_one_open
SELECT coalesce(sum(i.quantity), 0)::int AS pieces
FROM catalog_cart c
JOIN catalog_cartitem i ON i.cart_id = c.id
WHERE c.member_id = %(member)s AND c.status = 'open';

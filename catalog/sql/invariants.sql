-- name: ordered_cart_has_its_order
-- A cart that was ordered has one order, of the same member and payment; an open one
-- has none.
-- tables: catalog_cart, catalog_order
SELECT c.id, c.status, o.id AS order_id
FROM catalog_cart c
LEFT JOIN catalog_order o ON o.cart_id = c.id
WHERE (c.status = 'ordered') <> (o.id IS NOT NULL)
   OR (o.member_id, o.payment_id) <> (c.member_id, c.payment_id);

-- name: order_sums_its_lines
-- An order's total is the sum of its lines, of which there is at least one, all in its
-- currency.
-- tables: catalog_order, catalog_cartitem
SELECT o.id, o.total_minor, lines.total
FROM catalog_order o
LEFT JOIN (
    SELECT cart_id, sum(quantity::bigint * price_minor) AS total,
           min(currency) AS least, max(currency) AS most
    FROM catalog_cartitem
    GROUP BY cart_id
) lines ON lines.cart_id = o.cart_id
WHERE lines.total IS DISTINCT FROM o.total_minor
   OR lines.least <> o.currency
   OR lines.most <> o.currency;

-- name: order_is_in_the_ledger
-- The money ledger of an order sums to its total less what was refunded, by a payment
-- of its member.
-- tables: catalog_order, payments_payment, payments_ledgerentry
SELECT o.id, o.total_minor, o.refunded_minor, ledger.total
FROM catalog_order o
JOIN payments_payment p ON p.id = o.payment_id
LEFT JOIN (
    SELECT payment_id, sum(amount_minor) AS total
    FROM payments_ledgerentry
    GROUP BY payment_id
) ledger ON ledger.payment_id = o.payment_id
WHERE ledger.total IS DISTINCT FROM o.total_minor - o.refunded_minor
   OR (p.member_id, p.amount_minor, p.currency)
      <> (o.member_id, o.total_minor, o.currency);

-- name: order_says_what_was_refunded
-- What was given back of an order's lines, no more than was bought of each, went back
-- in the entry that they name: at what they cost, or at what was left where that was
-- less.
-- tables: catalog_order, catalog_refund, catalog_cartitem, payments_ledgerentry
SELECT o.id, e.amount_minor, given.cost
FROM catalog_order o
JOIN (
    SELECT r.order_id, r.entry_id, sum(r.quantity::bigint * i.price_minor) AS cost
    FROM catalog_refund r
    JOIN catalog_cartitem i ON i.id = r.item_id
    GROUP BY r.order_id, r.entry_id
) given ON given.order_id = o.id
JOIN payments_ledgerentry e ON e.id = given.entry_id
WHERE e.payment_id <> o.payment_id
   OR -e.amount_minor > given.cost
   OR -e.amount_minor < given.cost AND o.status <> 'refunded'
UNION ALL
SELECT r.order_id, r.item_id, sum(r.quantity)
FROM catalog_refund r
JOIN catalog_cartitem i ON i.id = r.item_id
GROUP BY r.order_id, r.item_id, i.quantity
HAVING sum(r.quantity) > i.quantity;

-- name: order_times_fit_its_status
-- Orders are placed, packed and collected in that order (within a minute), and those to
-- be packed are neither.
-- tables: catalog_order
SELECT id, status
FROM catalog_order
WHERE ready_at < placed_at - interval '1 minute'
   OR collected_at < ready_at - interval '1 minute'
   OR status = 'ready' AND ready_at IS NULL
   OR status = 'collected' AND collected_at IS NULL
   OR status = 'paid' AND ready_at IS NOT NULL;

-- name: pairs_are_counted
-- How often two products were bought together is the number of orders that hold both,
-- the same both ways.
-- tables: catalog_productpair, catalog_cartitem, catalog_order
SELECT coalesce(p.product_id, bought.one) AS one,
       coalesce(p.other_id, bought.other) AS other,
       p.orders AS counted,
       bought.orders
FROM catalog_productpair p
FULL JOIN (
    SELECT a.product_id AS one, b.product_id AS other, count(*) AS orders
    FROM catalog_cartitem a
    JOIN catalog_cartitem b ON b.cart_id = a.cart_id AND b.product_id <> a.product_id
    JOIN catalog_order o ON o.cart_id = a.cart_id
    GROUP BY 1, 2
) bought ON (bought.one, bought.other) = (p.product_id, p.other_id)
WHERE p.orders IS DISTINCT FROM bought.orders;

-- name: product_says_how_it_is_rated
-- A product's review count and rating sum are those of its published reviews.
-- tables: catalog_product, catalog_review
SELECT p.id, p.review_count, p.rating_sum, shown.reviews, shown.stars
FROM catalog_product p
LEFT JOIN (
    SELECT product_id, count(*) AS reviews, sum(rating) AS stars
    FROM catalog_review
    WHERE status = 'published'
    GROUP BY product_id
) shown ON shown.product_id = p.id
WHERE (p.review_count, p.rating_sum)
      <> (coalesce(shown.reviews, 0), coalesce(shown.stars, 0));

-- name: review_by_a_buyer
-- Who reviews a product has bought it before (within a minute) and had not been given
-- all of it back.
-- tables: catalog_review, catalog_order, catalog_cartitem, catalog_refund
SELECT r.id
FROM catalog_review r
LEFT JOIN (
    SELECT o.member_id, i.product_id, o.placed_at, returned.at AS returned_at
    FROM catalog_order o
    JOIN catalog_cartitem i ON i.cart_id = o.cart_id
    LEFT JOIN (
        SELECT item_id, max(at) AS at, sum(quantity) AS quantity
        FROM catalog_refund
        GROUP BY item_id
    ) returned ON returned.item_id = i.id AND returned.quantity >= i.quantity
) bought
    ON (bought.member_id, bought.product_id) = (r.member_id, r.product_id)
    AND bought.placed_at <= r.created_at + interval '1 minute'
    AND (bought.returned_at IS NULL
         OR bought.returned_at >= r.created_at - interval '1 minute')
WHERE bought.member_id IS NULL;

-- name: price_is_the_last_of_its_history
-- A product's price is the latest of its history.
-- tables: catalog_product, catalog_pricechange
SELECT p.id, p.price_minor, latest.price_minor AS noted
FROM catalog_product p
LEFT JOIN (
    SELECT DISTINCT ON (product_id) product_id, price_minor, currency
    FROM catalog_pricechange
    ORDER BY product_id, at DESC, id DESC
) latest ON latest.product_id = p.id
WHERE (latest.price_minor, latest.currency)
      IS DISTINCT FROM (p.price_minor, p.currency);

-- name: rentals_of_a_unit_follow_each_other
-- Nobody has a unit that another one has booked or holds on the same day.
-- tables: catalog_rental
SELECT id, unit_id
FROM (
    SELECT id, unit_id, starts_on, max(ends_on) OVER (
               PARTITION BY unit_id
               ORDER BY starts_on, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ) AS before
    FROM catalog_rental
    WHERE status IN ('booked', 'out')
) turns
WHERE starts_on <= before;

-- name: rental_is_of_its_unit
-- A rental is at the branch of its unit and, where it was to be paid, paid by its
-- member.
-- tables: catalog_rental, catalog_rentalunit, payments_payment
SELECT r.id
FROM catalog_rental r
JOIN catalog_rentalunit u ON u.id = r.unit_id
LEFT JOIN payments_payment p ON p.id = r.payment_id
WHERE u.branch_id <> r.branch_id
   OR (r.payment_id IS NULL) <> (r.fee_minor + r.deposit_minor = 0)
   OR (p.member_id, p.amount_minor) <> (r.member_id, r.fee_minor + r.deposit_minor);

-- name: late_rentals_cost_their_days
-- What being late came to is the agreed fee for each day after the last one, and
-- nothing before the return; the days are as the branch's clock had them then, so
-- within a day of what UTC's has.
-- tables: catalog_rental
SELECT r.id, r.late_days, r.late_minor
FROM catalog_rental r
CROSS JOIN LATERAL (
    SELECT (r.returned_at AT TIME ZONE 'UTC')::date - r.ends_on AS days
) utc
WHERE r.late_minor <> r.late_days * r.late_fee_minor
   OR r.status <> 'returned' AND r.late_days <> 0
   OR r.status = 'returned'
      AND r.late_days NOT BETWEEN greatest(utc.days - 1, 0)
                          AND greatest(utc.days + 1, 0);

-- name: stock_is_its_ledger
-- What lies of a product in the store is the sum of its ledger, and never below zero.
-- tables: catalog_stocklevel, catalog_stockentry
SELECT product_id, l.on_hand, moved.total
FROM catalog_stocklevel l
FULL JOIN (
    SELECT product_id, sum(quantity) AS total
    FROM catalog_stockentry
    GROUP BY product_id
) moved USING (product_id)
WHERE l.on_hand IS DISTINCT FROM coalesce(moved.total, 0) OR l.on_hand < 0;

-- name: stock_balances_follow_each_other
-- The balances of a product's ledger lead from nothing to what lies there, each entry
-- from one to the next.
-- tables: catalog_stocklevel, catalog_stockentry
SELECT product_id, balance, sum(times) AS times
FROM (
    -- Ids are taken before the level is locked, so they may stand in another order than
    -- the balances. But each entry begins where another one ended: each balance is left
    -- as often as it is come to, but for the first and the last.
    SELECT product_id, balance, count(*) AS times
    FROM catalog_stockentry
    GROUP BY 1, 2
    UNION ALL
    SELECT product_id, balance - quantity, -count(*)
    FROM catalog_stockentry
    GROUP BY 1, 2
    UNION ALL
    SELECT product_id, 0, 1 FROM catalog_stocklevel
    UNION ALL
    SELECT product_id, on_hand, -1 FROM catalog_stocklevel
) steps
GROUP BY product_id, balance
HAVING sum(times) <> 0 OR balance < 0;

-- name: stock_left_with_its_order
-- Each line of an order has taken its quantity from stock, where stock is kept of the
-- product, and nothing else was sold.
-- tables: catalog_order, catalog_cartitem, catalog_product, catalog_stockentry
SELECT sold.order_id, sold.product_id, sold.quantity, e.quantity AS moved
FROM (
    SELECT o.id AS order_id, i.product_id, i.quantity
    FROM catalog_cartitem i
    JOIN catalog_order o ON o.cart_id = i.cart_id
    JOIN catalog_product p ON p.id = i.product_id AND p.tracks_stock
) sold
FULL JOIN (
    SELECT order_id, product_id, quantity
    FROM catalog_stockentry
    WHERE kind = 'sale'
) e ON (e.order_id, e.product_id) = (sold.order_id, sold.product_id)
WHERE e.quantity IS DISTINCT FROM -sold.quantity;

-- name: stock_came_back_with_refunds
-- What was put back of an order is what its refunds say was put back.
-- tables: catalog_stockentry, catalog_refund, catalog_cartitem
SELECT *
FROM (
    SELECT order_id, product_id, sum(quantity) AS moved
    FROM catalog_stockentry
    WHERE kind = 'return'
    GROUP BY 1, 2
) moved
FULL JOIN (
    SELECT r.order_id, i.product_id, sum(r.quantity) AS given
    FROM catalog_refund r
    JOIN catalog_cartitem i ON i.id = r.item_id
    WHERE r.restocked
    GROUP BY 1, 2
) given USING (order_id, product_id)
WHERE moved IS DISTINCT FROM given;

-- name: stock_is_held_for_open_carts
-- Stock is held for open carts only, and no more of a product than is in the cart.
-- tables: catalog_stockhold, catalog_cart, catalog_cartitem
SELECT h.id
FROM catalog_stockhold h
JOIN catalog_cart c ON c.id = h.cart_id
LEFT JOIN catalog_cartitem i ON (i.cart_id, i.product_id) = (h.cart_id, h.product_id)
WHERE c.status <> 'open' OR i.quantity IS NULL OR h.quantity > i.quantity;

-- name: received_is_what_was_delivered
-- What a line of a purchase has received is what its deliveries brought, of the same
-- order and product.
-- tables: catalog_purchaseline, catalog_stockentry, catalog_delivery
SELECT l.id, l.received, came.units
FROM catalog_purchaseline l
LEFT JOIN (
    SELECT e.line_id, sum(e.quantity) AS units,
           min(d.order_id) AS least, max(d.order_id) AS most,
           min(e.product_id) AS product, max(e.product_id) AS other
    FROM catalog_stockentry e
    JOIN catalog_delivery d ON d.id = e.delivery_id
    WHERE e.kind = 'delivery'
    GROUP BY e.line_id
) came ON came.line_id = l.id
WHERE l.received <> coalesce(came.units, 0)
   OR l.order_id <> came.least
   OR l.order_id <> came.most
   OR l.product_id <> came.product
   OR l.product_id <> came.other;

-- name: purchase_is_as_far_as_its_lines
-- A purchase is received when all of its lines are, in part when some of it is; its
-- total is that of its lines.
-- tables: catalog_purchaseorder, catalog_purchaseline
SELECT o.id, o.status, o.total_minor
FROM catalog_purchaseorder o
LEFT JOIN (
    SELECT order_id, sum(cost_minor) AS cost, bool_and(received = quantity) AS complete,
           bool_or(received > 0) AS begun
    FROM catalog_purchaseline
    GROUP BY order_id
) lines ON lines.order_id = o.id
WHERE lines.cost IS DISTINCT FROM o.total_minor
   OR NOT CASE o.status
          WHEN 'ordered' THEN NOT begun
          WHEN 'part_received' THEN begun AND NOT complete
          WHEN 'received' THEN complete
          ELSE true
      END;

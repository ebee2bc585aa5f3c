"""The stock ledger, the levels it leads to, what is held, and where it came from."""

from .invariant import Invariant

INVARIANTS = (
    Invariant(
        "stock_is_its_ledger",
        "What lies of a product in the store is the sum of its ledger, and never below zero.",
        ("catalog_stocklevel", "catalog_stockentry"),
        """
        SELECT product_id, l.on_hand, moved.total FROM catalog_stocklevel l FULL JOIN (
            SELECT product_id, sum(quantity) AS total FROM catalog_stockentry GROUP BY product_id
        ) moved USING (product_id)
        WHERE l.on_hand IS DISTINCT FROM coalesce(moved.total, 0) OR l.on_hand < 0
        """,
    ),
    # Ids are taken before the level is locked, so they may stand in another order than the balances. But each entry
    # begins where another one ended: each balance is left as often as it is come to, but for the first and the last.
    Invariant(
        "stock_balances_follow_each_other",
        "The balances of a product's ledger lead from nothing to what lies there, each entry from one to the next.",
        ("catalog_stocklevel", "catalog_stockentry"),
        """
        SELECT product_id, balance, sum(times) FROM (
            SELECT product_id, balance, count(*) AS times FROM catalog_stockentry GROUP BY 1, 2
            UNION ALL
            SELECT product_id, balance - quantity, -count(*) FROM catalog_stockentry GROUP BY 1, 2
            UNION ALL SELECT product_id, 0, 1 FROM catalog_stocklevel
            UNION ALL SELECT product_id, on_hand, -1 FROM catalog_stocklevel
        ) steps GROUP BY product_id, balance HAVING sum(times) <> 0 OR balance < 0
        """,
    ),
    Invariant(
        "stock_left_with_its_order",
        "Each line of an order has taken its quantity from stock, where stock is kept of the product, and nothing else"
        " was sold.",
        ("catalog_order", "catalog_cartitem", "catalog_product", "catalog_stockentry"),
        """
        SELECT sold.order_id, sold.product_id, sold.quantity, e.quantity AS moved FROM (
            SELECT o.id AS order_id, i.product_id, i.quantity
            FROM catalog_cartitem i JOIN catalog_order o ON o.cart_id = i.cart_id
            JOIN catalog_product p ON p.id = i.product_id AND p.tracks_stock
        ) sold
        FULL JOIN (SELECT order_id, product_id, quantity FROM catalog_stockentry WHERE kind = 'sale') e
            ON (e.order_id, e.product_id) = (sold.order_id, sold.product_id)
        WHERE e.quantity IS DISTINCT FROM -sold.quantity
        """,
    ),
    Invariant(
        "stock_came_back_with_refunds",
        "What was put back of an order is what its refunds say was put back.",
        ("catalog_stockentry", "catalog_refund", "catalog_cartitem"),
        """
        SELECT * FROM (
            SELECT order_id, product_id, sum(quantity) AS moved
            FROM catalog_stockentry WHERE kind = 'return' GROUP BY 1, 2
        ) moved FULL JOIN (
            SELECT r.order_id, i.product_id, sum(r.quantity) AS given
            FROM catalog_refund r JOIN catalog_cartitem i ON i.id = r.item_id WHERE r.restocked GROUP BY 1, 2
        ) given USING (order_id, product_id)
        WHERE moved IS DISTINCT FROM given
        """,
    ),
    Invariant(
        "stock_is_held_for_open_carts",
        "Stock is held for open carts only, and no more of a product than is in the cart.",
        ("catalog_stockhold", "catalog_cart", "catalog_cartitem"),
        """
        SELECT h.id FROM catalog_stockhold h JOIN catalog_cart c ON c.id = h.cart_id
        LEFT JOIN catalog_cartitem i ON (i.cart_id, i.product_id) = (h.cart_id, h.product_id)
        WHERE c.status <> 'open' OR i.quantity IS NULL OR h.quantity > i.quantity
        """,
    ),
    Invariant(
        "received_is_what_was_delivered",
        "What a line of a purchase has received is what its deliveries brought, of the same order and product.",
        ("catalog_purchaseline", "catalog_stockentry", "catalog_delivery"),
        """
        SELECT l.id, l.received, came.units FROM catalog_purchaseline l LEFT JOIN (
            SELECT e.line_id, sum(e.quantity) AS units, min(d.order_id) AS least, max(d.order_id) AS most,
                min(e.product_id) AS product, max(e.product_id) AS other
            FROM catalog_stockentry e JOIN catalog_delivery d ON d.id = e.delivery_id
            WHERE e.kind = 'delivery' GROUP BY e.line_id
        ) came ON came.line_id = l.id
        WHERE l.received <> coalesce(came.units, 0) OR l.order_id <> came.least OR l.order_id <> came.most
            OR l.product_id <> came.product OR l.product_id <> came.other
        """,
    ),
    Invariant(
        "purchase_is_as_far_as_its_lines",
        "A purchase is received when all of its lines are, in part when some of it is; its total is that of its lines.",
        ("catalog_purchaseorder", "catalog_purchaseline"),
        """
        SELECT o.id, o.status, o.total_minor FROM catalog_purchaseorder o LEFT JOIN (
            SELECT order_id, sum(cost_minor) AS cost, bool_and(received = quantity) AS complete,
                bool_or(received > 0) AS begun
            FROM catalog_purchaseline GROUP BY order_id
        ) lines ON lines.order_id = o.id
        WHERE lines.cost IS DISTINCT FROM o.total_minor OR NOT CASE o.status
            WHEN 'ordered' THEN NOT begun WHEN 'part_received' THEN begun AND NOT complete
            WHEN 'received' THEN complete ELSE true END
        """,
    ),
)

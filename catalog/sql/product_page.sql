-- name: product_now
-- One row: the page's header, the shop's version, of one product what may change
-- without that version, and the reader's own. No id where there is no such product.
-- parameters: slug text, member bigint, now timestamptz, versions text[]
-- indexes: catalog_product_slug_key, catalog_stockhold_product, catalog_cart_member
-- indexes: catalog_productpair_often, catalog_review_one_a_product
-- indexes: catalog_cart_one_open, core_notification_unread
SELECT header.name, header.hue, header.currency, header.unread,
       names.version,
       p.id, p.status, p.tracks_stock, coalesce(stock.on_hand, 0) AS on_hand,
       (SELECT coalesce(sum(h.quantity), 0)::int
        FROM catalog_stockhold h
        JOIN catalog_cart c ON c.id = h.cart_id
        WHERE h.product_id = p.id AND h.expires_at > %(now)s
          AND c.member_id IS DISTINCT FROM %(member)s::bigint) AS held,
       -- what was bought with it, most often first, withdrawn products left out
       (SELECT json_agg(often.other_id ORDER BY often.orders DESC, often.other_id)
        FROM (
            SELECT pair.other_id, pair.orders
            FROM catalog_productpair pair
            JOIN catalog_product other ON other.id = pair.other_id
            WHERE pair.product_id = p.id AND other.status = 'on_sale'
            ORDER BY pair.orders DESC, pair.other_id
            LIMIT 6
        ) often) AS together,
       (SELECT json_build_array(r.status, r.rating)
        FROM catalog_review r
        WHERE r.member_id = %(member)s AND r.product_id = p.id) AS review,
       EXISTS (
           SELECT FROM catalog_cart c
           JOIN catalog_cartitem i ON i.cart_id = c.id
           WHERE c.member_id = %(member)s AND c.status = 'ordered'
             AND i.product_id = p.id
       ) AS bought,
       (SELECT i.quantity
        FROM catalog_cart c
        JOIN catalog_cartitem i ON i.cart_id = c.id
        WHERE c.member_id = %(member)s AND c.status = 'open'
          AND i.product_id = p.id) AS in_cart,
       (SELECT coalesce(sum(i.quantity), 0)::int
        FROM catalog_cart c
        JOIN catalog_cartitem i ON i.cart_id = c.id
        WHERE c.member_id = %(member)s AND c.status = 'open') AS cart_count
FROM core_page_header(%(member)s) header
CROSS JOIN core_version(%(versions)s::text[]) names
LEFT JOIN catalog_product p ON p.slug = %(slug)s
LEFT JOIN catalog_stocklevel stock ON stock.product_id = p.id;

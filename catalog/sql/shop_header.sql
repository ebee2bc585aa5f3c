-- name: shop_header
-- The page's header, how much lies in the reader's cart, and the shop's version.
-- parameters: member bigint, versions text[]
-- indexes: core_notification_unread, catalog_cart_one_open
SELECT header.name, header.hue, header.currency, header.unread,
       (SELECT coalesce(sum(i.quantity), 0)::int
        FROM catalog_cart c
        JOIN catalog_cartitem i ON i.cart_id = c.id
        WHERE c.member_id = %(member)s AND c.status = 'open') AS cart_count,
       names.version
FROM core_page_header(%(member)s) header
CROSS JOIN core_version(%(versions)s::text[]) names;

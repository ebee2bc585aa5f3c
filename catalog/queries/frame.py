"""What the shop's pages show around their content: the frame of every page, and how much lies in the cart."""

from django.db import connection

from gymsite.core.queries.frame import Frame, framed

# core_notification_unread, catalog_cart_one_open
FRAME_AND_CART = """
    SELECT brand.name, brand.hue, brand.currency,
           (SELECT count(*) FROM (SELECT 1 FROM core_notification
                                   WHERE user_id = %(member)s AND NOT is_read LIMIT 100) unread),
           (SELECT coalesce(sum(i.quantity), 0)::int FROM catalog_cart c JOIN catalog_cartitem i ON i.cart_id = c.id
             WHERE c.member_id = %(member)s AND c.status = 'open')
      FROM (SELECT 1) one LEFT JOIN core_brand brand ON brand.id = 1
"""


def frame_and_cart(member_id: int | None) -> tuple[Frame, int]:
    """The frame, and how many things lie in the member's open cart; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(FRAME_AND_CART, {"member": member_id})
        *columns, pieces = cursor.fetchone()
    return framed(*columns), pieces

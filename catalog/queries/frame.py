"""What the shop's pages show around their content: the frame of every page, and how much lies in the cart."""

from dataclasses import dataclass

from django.db import connection

from gymsite.core.queries.frame import Frame, framed

from .carts import PIECES

# core_notification_unread, catalog_cart_one_open
SHOP_FRAME = f"""
    SELECT brand.name, brand.hue, brand.currency,
           (SELECT count(*) FROM (SELECT 1 FROM core_notification
                                   WHERE user_id = %(member)s AND NOT is_read LIMIT 100) unread),
           {PIECES},
           (SELECT coalesce(sum(value), 0)::bigint FROM core_dataversion WHERE name = ANY(%(versions)s))
      FROM (SELECT 1) one LEFT JOIN core_brand brand ON brand.id = 1
"""


@dataclass(frozen=True, slots=True)
class ShopFrame:
    """``cart_count`` things lie in the reader's open cart; ``version`` grows whenever one of those asked for does."""

    frame: Frame
    cart_count: int
    version: int


def shop_frame(member_id: int | None, *versions: str) -> ShopFrame:
    """One statement; ``versions`` are names of DataVersions that what the page shows is kept under."""
    with connection.cursor() as cursor:
        cursor.execute(SHOP_FRAME, {"member": member_id, "versions": list(versions)})
        *columns, pieces, version = cursor.fetchone()
    return ShopFrame(framed(*columns), pieces, version)

"""What the shop's pages show around their content: the frame of every page, and how
much lies in the cart."""

from dataclasses import dataclass

from django.db import connection

from catalog.queries.carts import PIECES
from gymsite.core.queries.versions import version_sql
from gymsite.web.page_header import Frame, framed

VERSIONS = ("shop", "brand")  # what everybody sees of the shop is kept under them

# core_notification_unread, catalog_cart_one_open
SHOP_FRAME = f"""
    SELECT brand.name, brand.hue, brand.currency,
           (SELECT count(*) FROM (SELECT 1 FROM core_notification
                                   WHERE user_id = %(member)s AND NOT is_read LIMIT 100) unread),
           {PIECES}, {version_sql(*VERSIONS)}
      FROM (SELECT 1) one LEFT JOIN core_brand brand ON brand.id = 1
"""


@dataclass(frozen=True, slots=True)
class ShopFrame:
    """``cart_count`` things lie in the reader's open cart; the shop's fragments are
    kept under ``version``."""

    frame: Frame
    cart_count: int
    version: str | None


def shop_frame(member_id: int | None) -> ShopFrame:
    """One statement."""
    with connection.cursor() as cursor:
        cursor.execute(SHOP_FRAME, {"member": member_id})
        *columns, pieces, version = cursor.fetchone()
    return ShopFrame(framed(*columns), pieces, version)

"""What the shop's pages show around their content: the page's header and the cart's."""

from dataclasses import dataclass

from gymsite.core.queries.versions import array_of
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements
from gymsite.web.page_header import PageHeader, header_of

SQL = statements("catalog", "shop_header")
VERSIONS = ("shop", "brand")  # what everybody sees of the shop is kept under them


@dataclass(frozen=True, slots=True)
class ShopHeader:
    """``cart_count`` things lie in the reader's open cart.

    The shop's fragments are kept under ``version``.
    """

    header: PageHeader
    cart_count: int
    version: str | None


def read_shop_header(member_id: int | None) -> ShopHeader:
    """One statement."""
    values = {"member": member_id, "versions": array_of(*VERSIONS)}
    row = fetch_one(SQL.shop_header, values)
    header = header_of(row.name, row.hue, row.currency, row.unread)
    return ShopHeader(header, row.cart_count, row.version)

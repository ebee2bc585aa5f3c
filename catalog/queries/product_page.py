"""What a product's page reads: what is true at this moment and the reader's own, and
what everybody shares."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from catalog.models import Product, ProductPicture, Review
from catalog.queries.carts import PIECES
from catalog.queries.recommendations import TOGETHER
from catalog.queries.shop_header import VERSIONS
from gymsite.core.pagination import Page, keyset_page
from gymsite.core.queries.versions import version_column, version_sql
from gymsite.web.page_header import Frame, framed

# One row: the page's frame, the version, and of one product what may change without
# that version, and the reader's own. catalog_product_slug_key finds the product,
# catalog_stockhold_product the holds, catalog_cart_member the carts.
NOW = f"""
    SELECT brand.name, brand.hue, brand.currency,
           (SELECT count(*) FROM (SELECT 1 FROM core_notification
                                   WHERE user_id = %(member)s AND NOT is_read LIMIT 100) unread),
           {version_sql(*VERSIONS)},
           p.id, p.status, p.tracks_stock, coalesce(stock.on_hand, 0),
           (SELECT coalesce(sum(h.quantity), 0)::int FROM catalog_stockhold h JOIN catalog_cart c ON c.id = h.cart_id
             WHERE h.product_id = p.id AND h.expires_at > %(now)s
               AND c.member_id IS DISTINCT FROM %(member)s::bigint),
           {TOGETHER},
           (SELECT json_build_array(r.status, r.rating) FROM catalog_review r
             WHERE r.member_id = %(member)s AND r.product_id = p.id),
           EXISTS (SELECT FROM catalog_cart c JOIN catalog_cartitem i ON i.cart_id = c.id
                    WHERE c.member_id = %(member)s AND c.status = 'ordered' AND i.product_id = p.id),
           (SELECT i.quantity FROM catalog_cart c JOIN catalog_cartitem i ON i.cart_id = c.id
             WHERE c.member_id = %(member)s AND c.status = 'open' AND i.product_id = p.id),
           {PIECES}
      FROM (SELECT 1) one LEFT JOIN core_brand brand ON brand.id = 1
           LEFT JOIN catalog_product p ON p.slug = %(slug)s
           LEFT JOIN catalog_stocklevel stock ON stock.product_id = p.id
"""


@dataclass(frozen=True, slots=True)
class Now:
    """``id`` is None where there is no such product. ``left`` is what the reader could
    buy, None where it never runs out; ``held`` what others are paying for. ``together``
    are product ids; ``review`` is the reader's (status, rating).
    """

    frame: Frame
    version: str | None
    id: int | None
    on_sale: bool
    left: int | None
    held: int
    together: tuple[int, ...]
    review: tuple[str, int] | None
    bought: bool
    in_cart: int
    cart_count: int


def now_of(slug: str, member_id: int | None, now: datetime) -> Now:
    with connection.cursor() as cursor:
        cursor.execute(NOW, {"slug": slug, "member": member_id, "now": now})
        row = cursor.fetchone()
    (
        version,
        number,
        status,
        tracks,
        on_hand,
        held,
        together,
        review,
        bought,
        in_cart,
        pieces,
    ) = row[4:]
    return Now(
        frame=framed(*row[:4]),
        version=version,
        id=number,
        on_sale=status == Product.Status.ON_SALE,
        left=max(on_hand - held, 0) if tracks else None,
        held=min(held, on_hand) if tracks else 0,
        together=tuple(together or ()),
        review=tuple(review) if review else None,
        bought=bought,
        in_cart=in_cart or 0,
        cart_count=pieces,
    )


def with_page(product_id: int) -> Product:
    """The product with its category, ``shown`` pictures ({digest, alt, width, height}),
    ``stars``, how many published reviews gave each rating ({rating, count}), and the
    shop's version that this is of (``stamp``); one query.
    """
    pictures = ProductPicture.objects.filter(product=OuterRef("pk")).order_by(
        "rank", "id"
    )
    stars = (
        published(OuterRef("pk"))
        .order_by()
        .values("rating")
        .annotate(count=Count("pk"))
    )
    return (
        Product.objects.defer("search", "keywords")
        .select_related("category")
        .annotate(
            stamp=version_column(*VERSIONS),
            shown=ArraySubquery(
                pictures.values(json=JSONObject(**{name: name for name in PICTURE}))
            ),
            stars=ArraySubquery(
                stars.values(json=JSONObject(rating=F("rating"), count=F("count")))
            ),
        )
        .get(pk=product_id)
    )


PICTURE = ("digest", "alt", "width", "height")


def published(product: Any) -> QuerySet[Review]:
    """A product's published reviews (catalog_review_product); page by keyset on -id."""
    rows = Review.objects.select_related("branch")
    return rows.filter(product=product, status=Review.Status.PUBLISHED)


def reviews_page(product_id: int, after: str | None, limit: int) -> Page[Review]:
    """Published reviews of a product, newest first, each with the shop's version that
    it is of (``stamp``)."""
    rows = published(product_id).annotate(stamp=version_column(*VERSIONS))
    return keyset_page(rows, ("-id",), cursor=after, limit=limit)


def picture(digest: str) -> bytes | None:
    """A picture's WebP by the digest of its content."""
    found = (
        ProductPicture.objects.filter(digest=digest)
        .values_list("content", flat=True)
        .first()
    )
    return None if found is None else bytes(found)

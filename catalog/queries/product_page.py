"""What a product's page reads: what is so now, the reader's own, and what all share."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from catalog.models import Product, ProductPicture, Review
from catalog.queries.shop_header import VERSIONS
from gymsite.core.pagination import Page, keyset_page
from gymsite.core.queries.versions import array_of, version_column
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements
from gymsite.web.page_header import PageHeader, header_of

SQL = statements("catalog", "product_page")


@dataclass(frozen=True, slots=True)
class Now:
    """What is so of a product now; ``id`` is None where there is none.

    ``left`` is what the reader could buy, None where it never runs out; ``held`` what
    others are paying for. ``together`` are product ids; ``review`` is the reader's
    (status, rating).
    """

    header: PageHeader
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
    values = {
        "slug": slug,
        "member": member_id,
        "now": now,
        "versions": array_of(*VERSIONS),
    }
    row = fetch_one(SQL.product_now, values)
    return Now(
        header=header_of(row.name, row.hue, row.currency, row.unread),
        version=row.version,
        id=row.id,
        on_sale=row.status == Product.Status.ON_SALE,
        left=max(row.on_hand - row.held, 0) if row.tracks_stock else None,
        held=min(row.held, row.on_hand) if row.tracks_stock else 0,
        together=tuple(row.together or ()),
        review=tuple(row.review) if row.review else None,
        bought=row.bought,
        in_cart=row.in_cart or 0,
        cart_count=row.cart_count,
    )


def with_page(product_id: int) -> Product:
    """The product with all that its page shows; one query.

    Its category, ``shown`` pictures ({digest, alt, width, height}), ``stars``, how many
    published reviews gave each rating ({rating, count}), and ``stamp``, the shop's
    version that this is of.
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
    """Published reviews, newest first, each with its version (``stamp``)."""
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

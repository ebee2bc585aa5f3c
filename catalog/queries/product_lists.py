"""Products on sale: by shelf, narrowed by facets, in one of five orders."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, TextField

from catalog.models import Category, Product, ProductPicture
from catalog.queries.shop_header import VERSIONS
from gymsite.core.queries.versions import version_column

# The order of each sort, for keyset pages; catalog_product_order (in a category
# catalog_product_shelf), catalog_product_price read both ways, catalog_product_score,
# and the primary key.
SORTS = {
    "featured": ("rank", "id"),
    "price": ("price_minor", "id"),
    "price-desc": ("-price_minor", "-id"),
    "rating": ("-score", "-id"),
    "newest": ("-id",),
}
# The whole catalogue, category by category; of annotated rows (by_shelf).
SHELVES = ("shelf", "category_id", "rank", "id")
STOCKED = Q(tracks_stock=False) | Q(stock__on_hand__gt=0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; an empty value asks nothing.

    Prices in minor units, both ends included.
    """

    kind: str = ""
    category: str = ""
    least_price: int | None = None
    most_price: int | None = None
    in_stock: bool = False
    least_rating: float | Decimal | None = None


def on_sale() -> QuerySet[Product]:
    return Product.objects.filter(status=Product.Status.ON_SALE)


def of_shelf(products: QuerySet[Product], wanted: Wanted) -> QuerySet[Product]:
    """Those of the category, or else of the kind of categories."""
    if wanted.category:
        # the shelf by its key, which lets catalog_product_shelf bring it in order
        return products.filter(
            category=Subquery(
                Category.objects.filter(slug=wanted.category).values("pk")
            )
        )
    return products.filter(category__kind=wanted.kind) if wanted.kind else products


def narrowed(products: QuerySet[Product], wanted: Wanted) -> QuerySet[Product]:
    """Those of the shelf that every facet given lets through."""
    return of_shelf(products, wanted).filter(
        _price(wanted) & _stock(wanted) & _rating(wanted)
    )


def _price(wanted: Wanted) -> Q:
    fits = Q()
    if wanted.least_price is not None:
        fits &= Q(price_minor__gte=wanted.least_price)
    if wanted.most_price is not None:
        fits &= Q(price_minor__lte=wanted.most_price)
    return fits


def _stock(wanted: Wanted) -> Q:
    return STOCKED if wanted.in_stock else Q()


def _rating(wanted: Wanted) -> Q:
    return Q() if wanted.least_rating is None else Q(rating__gte=wanted.least_rating)


def facets(
    products: QuerySet[Product],
    wanted: Wanted,
    *,
    prices: Iterable[tuple[int | None, int | None]],
    ratings: Iterable[Decimal],
) -> dict[Any, Any]:
    """How many each choice of a facet would leave, the others as they are.

    One query. The keys are ``total``, ``stocked``, each of ``prices`` as ``(least,
    most)`` and each of ``ratings``; ``version`` is the shop's at that moment, None
    where the shelf is empty.
    """
    price, stock, rating = _price(wanted), _stock(wanted), _rating(wanted)
    choices: dict[Any, Q] = {
        "total": price & stock & rating,
        "stocked": STOCKED & price & rating,
    }
    for least, most in prices:
        choices[least, most] = (
            _price(Wanted(least_price=least, most_price=most)) & stock & rating
        )
    for least_rating in ratings:
        choices[least_rating] = Q(rating__gte=least_rating) & price & stock
    counts = {
        f"c{n}": Count("pk", filter=choice or None)
        for n, choice in enumerate(choices.values())
    }
    version = Max(version_column(*VERSIONS), output_field=TextField())
    found = of_shelf(products, wanted).order_by().aggregate(version=version, **counts)
    return {choice: found[f"c{n}"] for n, choice in enumerate(choices)} | {
        "version": found["version"]
    }


def as_cards(products: QuerySet[Product]) -> QuerySet[Product]:
    """With all that a card shows.

    ``picture``, the first one's digest, ``drawing`` and the stock ``on_hand``; and
    ``stamp``, the shop's that this is of.
    """
    first = ProductPicture.objects.filter(product=OuterRef("pk")).order_by("rank", "id")
    return products.defer("search", "description", "keywords").annotate(
        drawing=F("category__picture"),
        on_hand=F("stock__on_hand"),
        picture=Subquery(first.values("digest")[:1]),
        stamp=version_column(*VERSIONS),
    )


def by_shelf(products: QuerySet[Product]) -> QuerySet[Product]:
    """With ``shelf``, the rank of the category; page them by keyset on SHELVES."""
    return products.annotate(shelf=F("category__rank"))


def as_rows(products: QuerySet[Product], *more: str) -> QuerySet[Any]:
    """The same products as bare values, with what lies in the store now."""
    return products.values_list(
        "id",
        "slug",
        "sku",
        "name",
        "maker",
        "summary",
        "price_minor",
        "currency",
        "tracks_stock",
        "stock__on_hand",
        "rating",
        "review_count",
        "category_id",
        "category__slug",
        "category__name",
        "category__kind",
        "rank",
        "score",
        *more,
        named=True,
    )


def shelves() -> list[Category]:
    """All categories in order, with what is ``on_sale`` and the ``stamp``."""
    counted = Count("products", filter=Q(products__status=Product.Status.ON_SALE))
    return list(
        Category.objects.annotate(
            on_sale=counted, stamp=version_column(*VERSIONS)
        ).order_by("rank", "id")
    )


def category_exists(slug: str) -> bool:
    return Category.objects.filter(slug=slug).exists()

"""The catalogue: products on sale, search, and what goes with what one bought."""

from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from catalog.errors import ProductNotFound
from catalog.models import Category
from catalog.queries import product_lists as reads
from catalog.queries import recommendations, search
from catalog.queries.product_lists import Wanted
from gymsite.core.errors import NotFound
from gymsite.core.pagination import Page, keyset_page
from gymsite.rest.answers import answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.schemas import PageInput, PageOf, PathId, Problem, choice_of

router = Router(tags=["Catalogue"])
Price = Annotated[int, Field(ge=0, le=2**31 - 1)]
ProductKind = Annotated[str, choice_of("ProductKind", Category.Kind)]
SLUG = r"^[-\w]*$"


class ProductCategory(BaseModel):
    slug: str = source("category__slug", examples=["kettlebells"])
    name: str = source("category__name")
    kind: ProductKind = source("category__kind")


class ProductDetails(BaseModel):
    """``price_minor`` is in minor units of ``currency``.

    ``stock_on_hand`` is null for what never runs out (a pass); ``rating`` is the mean
    of the published reviews, null without any.
    """

    id: int
    slug: str
    sku: str
    name: str = Field(examples=["Kettlebell 16 kg"])
    maker: str
    summary: str
    category: ProductCategory
    price_minor: int = Field(examples=[4900])
    currency: str = Field(examples=["GBP"])
    in_stock: bool
    stock_on_hand: int | None
    rating: float | None = Field(examples=[4.35])
    review_count: int


class ProductFilters(PageInput):
    """Every filter that is given must hold."""

    category: str = Field(
        "", max_length=60, pattern=SLUG, description="The slug of a category."
    )
    kind: Annotated[Category.Kind, choice_of("ProductKind", Category.Kind)] | None = (
        None
    )
    in_stock: bool = Field(False, description="Only what there is.")
    min_rating: float | None = Field(None, ge=1, le=5, allow_inf_nan=False)
    min_price: Price | None = Field(
        None, description="In minor units, like the two below."
    )
    max_price: Price | None = None


class Search(ProductFilters):
    q: str = Field(
        min_length=1,
        max_length=search.MOST_LETTERS,
        description="Words; small mistakes are forgiven.",
    )


class Most(BaseModel):
    limit: int = Field(12, ge=1, le=50)


def _product(row: Any) -> dict[str, Any]:
    """A product's row with what follows from it; of 50, a dict is read quickest."""
    left = row.stock__on_hand if row.tracks_stock else None
    has = left is None or left > 0
    return {**row._asdict(), "category": row, "in_stock": has, "stock_on_hand": left}


def _wanted(asked: ProductFilters) -> Wanted:
    return Wanted(
        kind=asked.kind or "",
        category=asked.category,
        least_price=asked.min_price,
        most_price=asked.max_price,
        in_stock=asked.in_stock,
        least_rating=asked.min_rating,
    )


def _page(rows: Any, order: tuple[str, ...], asked: ProductFilters) -> HttpResponse:
    found = keyset_page(rows, order, cursor=asked.cursor, limit=asked.limit)
    if not found.items and asked.category and not reads.category_exists(asked.category):
        raise NotFound(
            "There is no such category.", remedy="Each product names its own."
        )
    items = [_product(row) for row in found.items]
    return answer(PageOf[ProductDetails], Page(items, found.next))


@router.get(
    "/",
    response={200: PageOf[ProductDetails], 404: Problem},
    auth=None,
    operation_id="list_products",
    summary="Products by category",
)
def products(request: ApiRequest, asked: Query[ProductFilters]) -> HttpResponse:
    """What is on sale, category by category in the shop's order.

    With what lies in the store at this moment; open to everybody.
    """
    narrowed = reads.narrowed(reads.by_shelf(reads.on_sale()), _wanted(asked))
    return _page(reads.as_rows(narrowed, "shelf"), reads.SHELVES, asked)


@router.get(
    "/search",
    response={200: PageOf[ProductDetails], 404: Problem},
    auth=None,
    operation_id="search_products",
    summary="Search products",
)
def search_products(request: ApiRequest, asked: Query[Search]) -> HttpResponse:
    """Products about ``q``, the closest first; open to everybody."""
    found = search.matching(reads.on_sale(), search.tidy_words(asked.q))
    return _page(
        reads.as_rows(reads.narrowed(found, _wanted(asked)), "closeness"),
        search.ORDER,
        asked,
    )


@router.get(
    "/recs",
    response=PageOf[ProductDetails],
    operation_id="list_recommendations",
    summary="Recommended for me",
)
def recs(request: ApiRequest, asked: Query[Most]) -> HttpResponse:
    """What others bought together with what one has bought.

    For who bought nothing, what members rate best.
    """
    rows = recommendations.for_member(request.auth.pk, asked.limit)
    items = [_product(row) for row in rows]
    return answer(PageOf[ProductDetails], Page(items, None))


@router.get(
    "/products/{product_id}",
    response={200: ProductDetails, 404: Problem},
    auth=None,
    operation_id="read_product",
    summary="One product",
)
def product(request: ApiRequest, product_id: Annotated[PathId, Path()]) -> HttpResponse:
    """A product on sale; open to everybody."""
    row = reads.as_rows(reads.on_sale()).filter(pk=product_id).first()
    if row is None:
        raise ProductNotFound("It may have been withdrawn.")
    return answer(ProductDetails, _product(row))

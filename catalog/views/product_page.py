"""A product's page, and pictures."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from catalog.errors import ProductNotFound
from catalog.models import LARGEST_QUANTITY, Product, Review
from catalog.queries import product_page as reads
from catalog.queries.product_page import Now
from catalog.views import product_cards
from catalog.views.fragments import FRAGMENTS
from gymsite.core.money import shown
from gymsite.core.pagination import Page
from gymsite.core.periods import day_name
from gymsite.web import fragments
from gymsite.web.http import PageRequest
from gymsite.web.pictures import picture_answer

REVIEWS = 10  # of a page


@dataclass(frozen=True, slots=True)
class ProductPage:
    """The parts from ``gallery`` to ``reviews`` (the first page) are safe HTML."""

    id: int
    name: str
    summary: str
    category: str
    category_slug: str
    price: str
    review_count: int
    gallery: SafeString
    head: SafeString
    about: SafeString
    distribution: SafeString
    reviews: SafeString


@require_safe
def product(request: PageRequest, slug: str) -> HttpResponse:
    now = reads.now_of(slug, request.user.pk, timezone.now())
    if now.id is None:
        raise ProductNotFound("The link may be old.", remedy="Look at the shop.")
    request.page_header = now.header
    page = _page(now.id, now.version)
    after = request.GET.get("after")
    context = {
        "section": "shop",
        "page": page,
        "now": now,
        "cart_count": now.cart_count,
        "next_path": request.path,
        "together": product_cards.cards_of(now.version, now.together),
        "reviews": _reviews(now.id, after) if after else page.reviews,
        "after": after,
        **_offer(now),
    }
    return render(request, "catalog/product.html", context)


def _page(product_id: int, version: str | None) -> ProductPage:
    """The page without what is of the reader or the moment, drawn once a version."""
    return FRAGMENTS.current(
        ("product", product_id), version, lambda: _draw(reads.with_page(product_id))
    )


def _draw(product: Product) -> tuple[ProductPage, set[str | None]]:
    """A product's page from ``with_page``, and the versions of what it shows.

    One query, for its reviews.
    """
    price = shown(product.price_minor, product.currency)
    first = (
        reads.reviews_page(product.pk, None, REVIEWS) if product.review_count else None
    )
    context = {
        "product": product,
        "price": price,
        "mean": product_cards.mean_words(product.rating),
        "bars": _bars(product),
    }
    gallery, head, about, distribution = (
        fragments.draw(f"catalog/_product_{part}.html", context)
        for part in ("gallery", "head", "about", "stars")
    )
    versions = {read.stamp for read in (product, *(first.items if first else ()))}  # type: ignore[attr-defined]
    page = ProductPage(
        id=product.pk,
        name=product.name,
        summary=product.summary or f"{product.name} at {price}.",
        category=product.category.name,
        category_slug=product.category.slug,
        price=price,
        review_count=product.review_count,
        gallery=gallery,
        head=head,
        about=about,
        distribution=distribution,
        reviews=_told(first, None) if first else SafeString(),
    )
    return page, versions


def _reviews(product_id: int, after: str | None) -> SafeString:
    """A page of published reviews, newest first.

    Without names: who goes to one gym knows each other.
    """
    return _told(reads.reviews_page(product_id, after, REVIEWS), after)


def _told(page: Page[Review], after: str | None) -> SafeString:
    told = [
        {
            "title": review.title,
            "text": review.text,
            "rating": review.rating,
            "day": _day(review),
        }
        for review in page.items
    ]
    return fragments.draw(
        "catalog/_reviews.html", {"reviews": told, "next": page.next, "after": after}
    )


def _day(review: Review) -> str:
    day = review.branch.today(review.created_at)
    return f"{day_name(day)} {day.year}"


def _bars(product: Product) -> list[tuple[int, int]]:
    """(stars, how many reviews), the best first."""
    counted = {one["rating"]: one["count"] for one in product.stars}  # type: ignore[attr-defined]  # annotated
    return [(number, counted.get(number, 0)) for number in range(5, 0, -1)]


def _offer(now: Now) -> dict[str, object]:
    """What can be had of it at this moment."""
    return {
        "stock": product_cards.stock_words(now.left),
        "stock_kind": product_cards.stock_kind(now.left),
        "most": min(
            LARGEST_QUANTITY if now.left is None else now.left, LARGEST_QUANTITY
        ),
        "sold_out": now.left == 0,
    }


@require_safe
def picture(request: HttpRequest, digest: str) -> HttpResponse:
    return picture_answer(reads.picture(digest))

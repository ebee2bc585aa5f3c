"""A product's page without what is the reader's own or of the moment, drawn once a
version of the shop."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from catalog.models import Product, Review
from catalog.queries import product_page as reads
from catalog.views.product_cards import mean_words
from gymsite.core.money import shown
from gymsite.core.pagination import Page
from gymsite.core.periods import day_name
from gymsite.web import fragments

REVIEWS = 10


@dataclass(frozen=True, slots=True)
class ProductPage:
    """``gallery``, ``head``, ``about``, ``distribution`` and ``reviews`` (the first
    page) are safe HTML.

    ``versions`` are the shop's as its parts were read; two where something changed in
    between.
    """

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
    versions: frozenset[str | None]


def draw(product: Product) -> ProductPage:
    """The page of a product from queries.product_page.with_page; one query, for its
    reviews."""
    price = shown(product.price_minor, product.currency)
    first = (
        reads.reviews_page(product.pk, None, REVIEWS) if product.review_count else None
    )
    context = {
        "product": product,
        "price": price,
        "mean": mean_words(product.rating),
        "bars": _bars(product),
    }
    gallery, head, about, distribution = (
        fragments.draw(f"catalog/_product_{part}.html", context)
        for part in ("gallery", "head", "about", "stars")
    )
    return ProductPage(
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
        versions=frozenset(
            read.stamp for read in (product, *(first.items if first else ()))
        ),  # type: ignore[attr-defined]
    )


def reviews(product_id: int, after: str | None) -> SafeString:
    """A page of published reviews, newest first. Without names: who goes to one gym
    knows each other."""
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

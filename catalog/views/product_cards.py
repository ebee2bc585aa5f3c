"""A product on a card, drawn once and the same for all."""

from decimal import ROUND_HALF_UP, Decimal

from django.urls import reverse
from django.utils.safestring import SafeString

from catalog.models import Product
from catalog.models.stock import FEW
from catalog.queries import product_lists as reads
from catalog.views.fragments import FRAGMENTS
from gymsite.core.money import shown
from gymsite.web import fragments, request_counters

TENTH = Decimal("0.1")


def draw_card(product: Product) -> SafeString:
    """The card of a product from queries.product_lists.as_cards."""
    left = product.on_hand if product.tracks_stock else None  # type: ignore[attr-defined]  # annotated
    told = {
        "address": reverse("product", args=[product.slug]),
        "name": product.name,
        "maker": product.maker,
        "digest": product.picture,  # type: ignore[attr-defined]
        "drawing": product.drawing,  # type: ignore[attr-defined]
        "rating": product.rating,
        "mean": mean_words(product.rating),
        "review_count": product.review_count,
        "price": shown(product.price_minor, product.currency),
        "stock_kind": stock_kind(left),
        "stock": stock_words(left),
        "is_gone": left == 0,
    }
    return fragments.draw("catalog/_product_card.html", {"product": told})


def card_of(product: Product) -> SafeString:
    """Its card, drawn once a version: the one that the product was read with."""
    key = ("card", product.stamp, product.pk)  # type: ignore[attr-defined]  # annotated
    return FRAGMENTS.get_or_draw(key, lambda: draw_card(product))


def cards_of(version: str | None, ids: tuple[int, ...]) -> list[SafeString]:
    """These products' cards in this order; missing ones cost one query for all."""
    cards = dict(
        zip(
            ids,
            FRAGMENTS.find(("card", version, number) for number in ids),
            strict=True,
        )
    )
    missing = [number for number, drawn in cards.items() if drawn is None]
    request_counters.looked(hits=len(ids) - len(missing), misses=len(missing))
    if missing:
        products = reads.as_cards(reads.on_sale().filter(pk__in=missing))
        cards |= {product.pk: card_of(product) for product in products}
    return [drawn for drawn in cards.values() if drawn]


def mean_words(mean: Decimal | None) -> str:
    """``4.3`` for 4.25: halves go up; nothing where nobody has rated."""
    return "" if mean is None else str(mean.quantize(TENTH, ROUND_HALF_UP))


def least_mean(stars: int) -> Decimal:
    """The least mean that ``mean_words`` tells as so many stars, for the filter."""
    return stars - TENTH / 2


def stock_words(left: int | None) -> str:
    """``left`` is None for what never runs out."""
    if left is None:
        return "Always available"
    if left <= 0:
        return "Sold out"
    return f"Only {left} left" if left <= FEW else "In stock"


def stock_kind(left: int | None) -> str:
    if left is None or left > FEW:
        return ""
    return "few" if left > 0 else "none"

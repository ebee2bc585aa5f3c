"""A product on a card: picture, name, maker, price, rating, and whether there is any. Drawn once, the same for all."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from catalog.models import Product
from catalog.models.stock import FEW
from catalog.queries import catalog as reads
from catalog.views.kept import FRAGMENTS
from gymsite.core import tally
from gymsite.core.money import shown
from gymsite.core.templatetags.ui import drawing_address

NO_DRAWING = "box"
CARD = (
    '<article class="product{}"><div class="shot">{}</div><h3><a href="/shop/products/{}/">{}</a></h3>'
    '<p class="quiet">{}</p>{}<p class="price">{}</p><p class="stock {}">{}</p></article>'
)
STARS = (
    '<svg class="stars" viewBox="0 0 50 10" aria-hidden="true"><rect class="rest" width="50" height="10"/>'
    '<rect width="{}" height="10"/></svg>'
)
RATED = (
    '<p class="rated">{}<span class="hidden-text">Rated </span>{}<span class="hidden-text"> of 5</span>'
    ' <span class="quiet">({}<span class="hidden-text"> {}</span>)</span></p>'
)
OWN = '<span class="rated">{}<span class="hidden-text">{} of 5</span></span>'
TENTH = Decimal("0.1")
UNRATED = mark_safe('<p class="rated quiet">No reviews yet</p>')


def card(product: Product) -> SafeString:
    """The card of a product from queries.catalog.as_cards."""
    left = product.on_hand if product.tracks_stock else None  # type: ignore[attr-defined]  # annotated
    return format_html(
        CARD,
        " gone" if left == 0 else "",
        picture(product.picture) if product.picture else drawing(product.drawing),  # type: ignore[attr-defined]
        product.slug,
        product.name,
        product.maker,
        rating(product.rating, product.review_count),
        shown(product.price_minor, product.currency),
        stock_kind(left),
        stock_words(left),
    )


def kept_card(product: Product) -> SafeString:
    """Its card, drawn and kept under the version that the product was read with."""
    drawn = card(product)
    FRAGMENTS.keep(("card", product.stamp, product.pk), drawn)  # type: ignore[attr-defined]  # annotated
    return drawn


def cards_of(version: str | None, ids: tuple[int, ...]) -> SafeString:
    """These products' cards in this order; those not kept yet cost one query for all."""
    cards = dict(zip(ids, FRAGMENTS.find(("card", version, number) for number in ids), strict=True))
    missing = [number for number, drawn in cards.items() if drawn is None]
    tally.looked(hits=len(ids) - len(missing), misses=len(missing))
    if missing:
        products = reads.as_cards(reads.on_sale().filter(pk__in=missing))
        cards |= {product.pk: kept_card(product) for product in products}
    return format_html_join("", "{}", ((drawn,) for drawn in cards.values() if drawn))


def picture(digest: str) -> SafeString:
    """A picture beside the name of what it shows, so that it needs no words of its own."""
    return format_html('<img src="/shop/pictures/{}.webp" alt="" loading="lazy">', digest)


@lru_cache(maxsize=200)  # names of categories' drawings
def drawing(name: str) -> SafeString:
    """Our own drawing of a category, where a product has no picture."""
    return format_html(
        '<svg class="drawing" viewBox="0 0 64 64" aria-hidden="true"><use href="{}"/></svg>',
        drawing_address(name or NO_DRAWING),
    )


def rating(mean: Decimal | None, count: int) -> SafeString:
    if mean is None:
        return UNRATED
    said = "review" if count == 1 else "reviews"
    return format_html(RATED, format_html(STARS, round(mean * 10, 1)), mean_words(mean), count, said)


def mean_words(mean: Decimal) -> str:
    """``4.3`` for 4.25: halves go up, whatever draws it."""
    return str(mean.quantize(TENTH, ROUND_HALF_UP))


def stars(of_five: int) -> SafeString:
    """What one person gave."""
    return format_html(OWN, format_html(STARS, of_five * 10), of_five)


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

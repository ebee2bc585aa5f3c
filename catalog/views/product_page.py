"""A product's page, and pictures."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.errors import ProductNotFound
from catalog.models import LARGEST_QUANTITY
from catalog.queries import product_page as reads
from catalog.queries.product_page import Now
from catalog.views import details, product_cards
from catalog.views.details import ProductPage
from catalog.views.kept import FRAGMENTS
from gymsite.core.errors import NotFound
from gymsite.web import request_counters
from gymsite.web.http import PageRequest

FOR_EVER = "public, max-age=31536000, immutable"  # a changed picture has another digest


@require_safe
def product(request: PageRequest, slug: str) -> HttpResponse:
    now = reads.now_of(slug, request.user.pk, timezone.now())
    if now.id is None:
        raise ProductNotFound("The link may be old.", remedy="Look at the shop.")
    request.frame = now.frame
    page = _page(now.id, now.version)
    after = request.GET.get("after")
    context = {
        "section": "shop",
        "page": page,
        "now": now,
        "cart_count": now.cart_count,
        "next_path": request.path,
        "together": product_cards.cards_of(now.version, now.together),
        "reviews": details.reviews(now.id, after) if after else page.reviews,
        "after": after,
        **_offer(now),
    }
    return render(request, "catalog/product.html", context)


def _page(product_id: int, version: str | None) -> ProductPage:
    page = FRAGMENTS.get(("product", version, product_id))
    request_counters.looked(hits=page is not None, misses=page is None)
    if page is None:
        page = details.draw(reads.with_page(product_id))
        # not where something changed while it was drawn: the version would stand for
        # less than the page shows
        if page.versions == {version}:
            FRAGMENTS.keep(("product", version, product_id), page)
    return page


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
    content = reads.picture(digest)
    if content is None:
        raise NotFound("There is no such picture.")
    answer = HttpResponse(content, content_type="image/webp")
    answer["Cache-Control"] = FOR_EVER
    return answer

"""The shop's lists: all, a category, what a search finds; drawn once for everybody."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from catalog.models import Category, Product
from catalog.queries import product_lists as reads
from catalog.queries import search as by_words
from catalog.queries.shop_header import read_shop_header
from catalog.views import product_filters
from catalog.views.fragments import FRAGMENTS
from catalog.views.product_cards import card_of
from catalog.views.product_filters import Asked
from gymsite.core.errors import NotFound
from gymsite.core.pagination import Page, keyset_page
from gymsite.web import fragments
from gymsite.web.http import PageRequest

PAGE_SIZE = 24


@dataclass(frozen=True, slots=True)
class ListPage:
    """``html`` is the whole content; the header says its ``title`` and ``summary``."""

    title: str
    summary: str
    html: SafeString


@require_safe
def shop(request: PageRequest) -> HttpResponse:
    return _listed(request, product_filters.asked_for(request.GET))


@require_safe
def category(request: PageRequest, slug: str) -> HttpResponse:
    return _listed(request, product_filters.asked_for(request.GET, slug))


@require_safe
def search(request: PageRequest) -> HttpResponse:
    asked = product_filters.asked_for(request.GET, searches=True)
    return _listed(request, asked) if asked.q else redirect("shop")


def _listed(request: PageRequest, asked: Asked) -> HttpResponse:
    around = read_shop_header(request.user.pk)
    request.page_header = around.header
    page = _list_page(
        around.version, asked, request.GET.get("after"), request.page_header.currency
    )
    return render(
        request,
        "catalog/shop.html",
        {"section": "shop", "page": page, "cart_count": around.cart_count},
    )


def _list_page(
    version: str | None, asked: Asked, after: str | None, currency: str
) -> ListPage:
    """The page of this list as of the shop's version.

    Raises NotFound for a category that there is not. A later page and what a search
    finds are not kept: a cursor and a search are text from an address.
    """
    if after or asked.q:
        return _draw(version, asked, after, currency)[0]
    return FRAGMENTS.current(
        ("list", asked), version, lambda: _draw(version, asked, None, currency)
    )


def _shelves(version: str | None) -> list[Category]:
    shelves = FRAGMENTS.get(("shelves", version))
    if shelves is None:
        shelves = reads.shelves()
        FRAGMENTS.keep(("shelves", shelves[0].stamp if shelves else version), shelves)  # type: ignore[attr-defined]
    return shelves


def _draw(
    version: str | None, asked: Asked, after: str | None, currency: str
) -> tuple[ListPage, set[str | None]]:
    """The list, and the version of what was read last."""
    shelves = _shelves(version)
    here = _category(shelves, asked.category)
    page, counts = _read(asked, after)
    kind = here.kind if here else asked.kind
    title = _title(asked, here)
    context = {
        "asked": asked,
        "title": title,
        "about": here.summary if here else "",
        "count": counts["total"],
        "tabs": _tabs(shelves, kind) if not asked.q else (),
        "tiles": _tiles(shelves, kind, asked) if not asked.q else (),
        "stocked": counts["stocked"],
        "stock_address": replace(asked, stock="" if asked.stock else "1").address,
        "selects": product_filters.selects(asked, counts, currency),
        "cards": [card_of(product) for product in page.items],
        "after": after,
        "next": page.next,
        "next_address": asked.address_after(page.next) if page.next else "",
    }
    summary = (
        here.summary
        if here and here.summary
        else "Kit, clothes and food for training, to collect at the desk."
    )
    html = fragments.draw("catalog/_list.html", context)
    return ListPage(title, summary, html), {counts["version"]}


def _category(shelves: list[Category], slug: str) -> Category | None:
    here = next((shelf for shelf in shelves if shelf.slug == slug), None)
    if slug and here is None:
        raise NotFound("There is no such category.", remedy="Look at the whole shop.")
    return here


def _read(asked: Asked, after: str | None) -> tuple[Page[Product], dict[Any, Any]]:
    """The page's products and the facets' counts; two queries."""
    products: QuerySet[Product] = reads.on_sale()
    order = reads.SORTS[asked.sort]
    if asked.q:
        products = by_words.matching(products, asked.q)
        order = by_words.ORDER if asked.sort == "featured" else order
    narrowed = reads.as_cards(reads.narrowed(products, asked.wanted))
    page = keyset_page(narrowed, order, cursor=after, limit=PAGE_SIZE)
    counts = reads.facets(
        products,
        asked.wanted,
        prices=product_filters.BANDS.values(),
        ratings=product_filters.RATINGS.values(),
    )
    return page, counts


def _title(asked: Asked, here: Category | None) -> str:
    if asked.q:
        return f"“{asked.q}”"
    if here:
        return here.name
    return Category.Kind(asked.kind).label if asked.kind else "Shop"


def _tabs(shelves: list[Category], chosen: str) -> list[tuple[str, str, bool]]:
    """(address, name, whether it is chosen) of the kinds with something on sale."""
    filled = {shelf.kind for shelf in shelves if shelf.on_sale}  # type: ignore[attr-defined]  # annotated
    kinds = [(kind.value, kind.label) for kind in Category.Kind if kind in filled]
    shop = reverse("shop")
    return [
        (shop, "All", not chosen),
        *((f"{shop}?kind={kind}", label, kind == chosen) for kind, label in kinds),
    ]


def _tiles(shelves: list[Category], kind: str, asked: Asked) -> list[dict[str, Any]]:
    """The categories of this kind, or all by kind, that have something on sale."""
    order = {kind: n for n, kind in enumerate(Category.Kind.values)}
    found = [
        shelf
        for shelf in shelves
        if shelf.on_sale  # type: ignore[attr-defined]
        and (not kind or shelf.kind == kind)
    ]
    return [
        {
            "slug": shelf.slug,
            "name": shelf.name,
            "drawing": shelf.picture,
            "here": shelf.slug == asked.category,
        }
        for shelf in sorted(found, key=lambda shelf: order[shelf.kind])
    ]

"""The shop's lists: everything, a category, and what a search finds."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from catalog.queries.shop_header import shop_frame
from catalog.views import product_filters, product_lists
from catalog.views.product_filters import Asked
from gymsite.web.http import PageRequest


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
    around = shop_frame(request.user.pk)
    request.frame = around.frame
    page = product_lists.list_page(
        around.version, asked, request.GET.get("after"), request.frame.currency
    )
    return render(
        request,
        "catalog/shop.html",
        {"section": "shop", "page": page, "cart_count": around.cart_count},
    )

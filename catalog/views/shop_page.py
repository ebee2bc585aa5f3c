"""How the shop's pages are answered."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from catalog.queries.shop_header import read_shop_header
from catalog.views.sentences import refused
from gymsite.core.errors import DomainError
from gymsite.core.models import Branch
from gymsite.core.search import folded
from gymsite.web.http import PageRequest


def active_branches() -> list[Branch]:
    """Where things are collected and lent, by name."""
    return list(Branch.objects.filter(is_active=True).order_by(folded("name")))


def shop_page(
    request: PageRequest,
    template: str,
    context: dict[str, Any],
    *,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    """A page of the shop with what was refused, whose status it has."""
    around = read_shop_header(request.user.pk)
    request.page_header = around.header
    shown = {
        "section": "shop",
        "cart_count": around.cart_count,
        "refusal": refused(refusal),
        **context,
    }
    return render(
        request,
        f"catalog/{template}",
        shown,
        status=refusal.status if refusal else status,
    )

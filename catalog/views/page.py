"""How the shop's pages are answered."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from catalog.queries.frame import frame_and_cart
from catalog.views.words import refused
from gymsite.core.errors import DomainError
from gymsite.core.http import PageRequest


def shop_page(
    request: PageRequest,
    template: str,
    context: dict[str, Any],
    *,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    """A page of the shop, with what was refused, whose status it has; its frame and the cart's count are one query."""
    request.frame, count = frame_and_cart(request.user.pk)
    shown = {"section": "shop", "cart_count": count, "refusal": refused(refusal), **context}
    return render(request, f"catalog/{template}", shown, status=refusal.status if refusal else status)

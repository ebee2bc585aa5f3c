"""The cart: what is in it, what changed since, and its buttons."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from catalog.errors import CartNotFound
from catalog.forms import quantity_of
from catalog.models import CartItem
from catalog.operations.carts import accept_changes, add_to_cart, remove_item, set_item
from catalog.queries.carts import open_cart, pieces, shown_items
from catalog.views.cart_lines import cart_shown
from catalog.views.sentences import refused
from catalog.views.shop_page import shop_page
from gymsite.core.errors import DomainError
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest


@require_safe
@member_page
def cart(request: MemberRequest) -> HttpResponse:
    return cart_page(request, timezone.now())


def cart_page(
    request: MemberRequest, now: datetime, refusal: DomainError | None = None
) -> HttpResponse:
    """The cart as it stands, with what could not be done to it."""
    if refusal and refusal.status == 404:
        raise refusal
    shown = cart_shown(list(shown_items(request.user.pk, now)), now)
    return shop_page(request, "cart.html", {"cart": shown}, refusal=refusal)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def add(request: MemberRequest, product_id: int) -> HttpResponse:
    if request.method != "POST":  # from logging in, which can't repeat a button
        return redirect("cart")
    now = timezone.now()
    try:
        quantity = quantity_of(request.POST)
        item = add_to_cart(
            member_id=request.user.pk, product_id=product_id, quantity=quantity, now=now
        )
    except DomainError as refusal:
        if request.htmx:
            return _refused_in_place(refusal)
        return cart_page(request, now, refusal)
    if request.htmx:
        return _added(item, quantity, pieces(request.user.pk))
    messages.success(request, f"{quantity} × {item.name} in your cart.")
    return redirect("cart")


def _added(item: CartItem, quantity: int, count: int) -> HttpResponse:
    """A word about it, the number in the header, and how many of it there are now."""
    context = {
        "item": item,
        "quantity": quantity,
        "cart_count": count,
        "in_place": True,
    }
    return HttpResponse(render_to_string("catalog/_added.html", context))


def _refused_in_place(refusal: DomainError) -> HttpResponse:
    html = render_to_string(
        "catalog/_refused_in_place.html", {"refusal": refused(refusal)}
    )
    return HttpResponse(html, status=refusal.status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def item(request: MemberRequest, product_id: int) -> HttpResponse:
    """Have as many of it as was typed (``quantity``) or a button says (``to``)."""
    if request.method != "POST":
        return redirect("cart")
    now = timezone.now()
    try:
        _change(request, product_id, now)
    except DomainError as refusal:
        return cart_page(request, now, refusal)
    return redirect("cart")


def _change(request: MemberRequest, product_id: int, now: datetime) -> None:
    cart_id, member_id = _open_cart(request), request.user.pk
    quantity = quantity_of(request.POST, "to" if "to" in request.POST else "quantity")
    if quantity == 0 and "to" in request.POST:
        remove_item(
            cart_id=cart_id, member_id=member_id, product_id=product_id, now=now
        )
    else:
        set_item(
            cart_id=cart_id,
            member_id=member_id,
            product_id=product_id,
            quantity=quantity,
            now=now,
        )


@require_POST
@member_page
def accept(request: MemberRequest) -> HttpResponse:
    """Take over today's prices, and leave out what is not sold any more."""
    now = timezone.now()
    try:
        accept_changes(cart_id=_open_cart(request), member_id=request.user.pk, now=now)
    except DomainError as refusal:
        return cart_page(request, now, refusal)
    return redirect("cart")


def _open_cart(request: MemberRequest) -> int:
    cart = open_cart(request.user.pk)
    if cart is None:
        raise CartNotFound(
            "You have no open cart.", remedy="Put something in it first."
        )
    return cart.pk

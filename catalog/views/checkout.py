"""Checking out: where to collect, what is paid and how, and one button."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from catalog.forms import CheckoutForm
from catalog.operations.checkout import check_out
from catalog.queries.carts import shown_items
from catalog.views.cart_lines import CartShown, cart_shown
from catalog.views.carts import cart_page
from catalog.views.orders import orders_page
from catalog.views.shop_page import active_branches, shop_page
from gymsite.core.errors import DomainError
from gymsite.payments.errors import PaymentDeclined, PaymentUnderWay
from gymsite.payments.queries import payment_choices
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest


@require_safe
@member_page
def checkout(request: MemberRequest) -> HttpResponse:
    return _page(request, timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def pay(request: MemberRequest) -> HttpResponse:
    """Sent twice, it pays once: a cart that is ordered gives its order."""
    if request.method != "POST":
        return redirect("checkout")
    now, offered = timezone.now(), payment_choices.ways()
    form = CheckoutForm(
        payment_choices.choices(offered), active_branches(), request.POST
    )
    if not form.is_valid():
        return _page(request, now, form, status=422)
    try:
        order, _ = check_out(
            member_id=request.user.pk, now=now, **_chosen(form, offered)
        )
    except PaymentDeclined as refusal:
        return _page(request, now, form, refusal)
    except PaymentUnderWay as refusal:
        return orders_page(request, refusal)
    except DomainError as refusal:
        return cart_page(request, now, refusal)
    return redirect("order", order.reference)


def _chosen(
    form: CheckoutForm, offered: dict[str, payment_choices.Way]
) -> dict[str, Any]:
    """Keyword arguments of operations.checkout.check_out."""
    typed = form.cleaned_data
    way = offered[typed["pay"]]
    return {
        "cart_id": typed["cart"],
        "seen_minor": typed["total"],
        "branch_id": typed["branch"],
        "gateway": way.gateway,
        "source": way.source,
    }


def _page(
    request: MemberRequest,
    now: datetime,
    form: CheckoutForm | None = None,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    cart = cart_shown(list(shown_items(request.user.pk, now)), now)
    if not cart.can_be_paid and status == 200 and refusal is None:
        return redirect("cart")  # which says why
    offered = payment_choices.ways()
    context = {
        "cart": cart,
        "form": form or _unsent(cart, offered),
        "offers": bool(offered),
        "note": payment_choices.note(offered),
    }
    return shop_page(request, "checkout.html", context, refusal=refusal, status=status)


def _unsent(cart: CartShown, offered: dict[str, payment_choices.Way]) -> CheckoutForm:
    """The form before anybody has filled it in."""
    start = {
        "cart": cart.id,
        "total": cart.total_minor,
        "branch": cart.branch_id,
        "pay": next(iter(offered), ""),
    }
    ways = payment_choices.choices(offered)
    return CheckoutForm(ways, active_branches(), initial=start)

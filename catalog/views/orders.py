"""My orders, and an order's own page: confirmation and receipt in one."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from catalog.errors import OrderNotFound
from catalog.models import CartItem, Order
from catalog.queries import orders as reads
from catalog.views.sentences import moment
from catalog.views.shop_page import shop_page
from gymsite.core import references
from gymsite.core.errors import DomainError
from gymsite.core.money import shown
from gymsite.core.pagination import keyset_page
from gymsite.payments.queries.payment_choices import paid_by
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest

PAGE_SIZE = 20
TAGS = {"paid": "wait", "ready": "good", "collected": "", "refunded": "stop"}


@require_safe
@member_page
def orders(request: MemberRequest) -> HttpResponse:
    return orders_page(request)


def orders_page(
    request: MemberRequest, refusal: DomainError | None = None
) -> HttpResponse:
    """The member's orders, with what could not be done."""
    rows = reads.listed(request.user.pk)
    page = keyset_page(rows, ("-id",), cursor=request.GET.get("after"), limit=PAGE_SIZE)
    context = {
        "orders": [_row(order) for order in page.items],
        "next": page.next,
        "after": request.GET.get("after"),
    }
    return shop_page(request, "orders.html", context, refusal=refusal)


def _row(order: Order) -> dict[str, Any]:
    names: list[str] = order.names  # type: ignore[attr-defined]  # annotated
    more = " and more" if len(names) == reads.MOST_NAMED else ""
    return {
        "reference": order.reference,
        "shown": references.shown(order.reference),
        "what": ", ".join(names[: reads.MOST_NAMED - 1]) + more,
        "when": moment(order.placed_at, order.branch.zone),
        "branch": order.branch.name,
        "total": shown(order.total_minor, order.currency),
        "status": order.get_status_display(),
        "tag": TAGS[order.status],
    }


@require_safe
@member_page
def order(request: MemberRequest, reference: str) -> HttpResponse:
    found = _mine(request, reference)
    zone = found.branch.zone
    context = {
        "order": found,
        "reference": references.shown(found.reference),
        "lines": [_line(item) for item in reads.shown_lines(found)],
        "total": shown(found.total_minor, found.currency),
        "placed": moment(found.placed_at, zone),
        "paid_by": paid_by(found.payment.gateway),
        "steps": _steps(found),
        "refunded": shown(found.refunded_minor, found.currency)
        if found.refunded_minor
        else "",
        "kept": shown(found.total_minor - found.refunded_minor, found.currency),
        "refunds": _refunds(found) if found.refunded_minor else [],
    }
    return shop_page(request, "order.html", context)


def _mine(request: MemberRequest, typed: str) -> Order:
    reference = references.read(typed)
    found = reads.by_reference(reference, request.user.pk) if reference else None
    if found is None:
        raise OrderNotFound("You have no such order.", remedy="Look under Orders.")
    return found


def _line(item: CartItem) -> dict[str, Any]:
    return {
        "name": item.name,
        "slug": item.product.slug,
        "digest": item.picture,  # type: ignore[attr-defined]  # annotated
        "drawing": item.drawing,  # type: ignore[attr-defined]  # annotated
        "quantity": item.quantity,
        "unit": shown(item.price_minor, item.currency),
        "total": shown(item.total_minor, item.currency),
        "given_back": item.given_back,  # type: ignore[attr-defined]  # annotated
        "reviewed": item.reviewed,  # type: ignore[attr-defined]  # annotated
    }


def _steps(order: Order) -> list[tuple[str, str, bool]]:
    """(name, when or what then, whether it is done), in the order they come."""
    zone, status = order.branch.zone, Order.Status
    collected = order.status == status.COLLECTED or order.collected_at is not None
    ready = collected or order.ready_at is not None
    told = "" if ready else "We tell you"
    return [
        ("Paid", moment(order.placed_at, zone), True),
        (
            "Ready to collect",
            moment(order.ready_at, zone) if order.ready_at else told,
            ready,
        ),
        (
            "Collected",
            moment(order.collected_at, zone)
            if order.collected_at
            else order.branch.name,
            collected,
        ),
    ]


def _refunds(order: Order) -> list[dict[str, Any]]:
    return [
        {
            "what": f"{refund.quantity} × {refund.item.name}",
            "amount": shown(refund.quantity * refund.item.price_minor, order.currency),
            "when": moment(refund.at, order.branch.zone),
            "reason": refund.reason,
        }
        for refund in reads.refunds_of(order)
    ]

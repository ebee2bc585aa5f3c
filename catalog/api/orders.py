"""One's own orders."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from catalog.errors import OrderNotFound
from catalog.models import CartItem, Order
from catalog.queries import orders
from gymsite.core import references
from gymsite.core.pagination import keyset_page
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.schemas import PageInput, PageOf, Problem, choice_of
from gymsite.web.http import answer

router = Router(tags=["Orders"])
OrderStatus = Annotated[str, choice_of("OrderStatus", Order.Status)]


class OrderItemDetails(BaseModel):
    product_id: int
    name: str
    quantity: int
    price_minor: int = Field(examples=[1290])
    total_minor: int


class OrderSummary(BaseModel):
    """Amounts in minor units of ``currency``."""

    id: int
    reference: str = Field(examples=["K7QF2M9XPT3"])
    status: OrderStatus
    branch_id: int = Field(description="Where it is collected.")
    total_minor: int
    refunded_minor: int
    currency: str
    placed_at: datetime


class OrderDetails(OrderSummary):
    lines: list[OrderItemDetails]


def _head(order: Order) -> dict[str, Any]:
    return {
        "id": order.pk,
        "reference": order.reference,
        "status": order.status,
        "branch_id": order.branch_id,
        "total_minor": order.total_minor,
        "refunded_minor": order.refunded_minor,
        "currency": order.currency,
        "placed_at": order.placed_at.isoformat(),
    }


def _line(item: CartItem) -> dict[str, Any]:
    return {
        "product_id": item.product_id,
        "name": item.name,
        "quantity": item.quantity,
        "price_minor": item.price_minor,
        "total_minor": item.total_minor,
    }


def order_row(order: Order) -> dict[str, Any]:
    return {**_head(order), "lines": [_line(item) for item in orders.lines_of(order)]}


@router.get(
    "/",
    response=PageOf[OrderSummary],
    operation_id="list_my_orders",
    summary="My orders",
)
def mine(request: ApiRequest, page: Query[PageInput]) -> HttpResponse:
    """The newest first."""
    found = keyset_page(
        orders.of_member(request.auth.pk),
        ("-id",),
        cursor=page.cursor,
        limit=page.limit,
    )
    return answer(
        {"items": [_head(order) for order in found.items], "next": found.next}
    )


@router.get(
    "/{reference}",
    response={200: OrderDetails, 404: Problem},
    operation_id="read_order",
    summary="One of my orders",
)
def read(
    request: ApiRequest, reference: Annotated[str, Path(max_length=40)]
) -> HttpResponse:
    """With its lines, at the prices that were paid."""
    known = references.read(reference)
    order = orders.by_reference(known, request.auth.pk) if known else None
    if order is None:
        raise OrderNotFound("You have no such order.")
    return answer(order_row(order))

"""One's own orders."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from catalog.errors import OrderNotFound
from catalog.models import Order
from catalog.queries import orders
from gymsite.core import references
from gymsite.core.pagination import keyset_page
from gymsite.rest.answers import Beside, UtcTime, answer
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.schemas import PageInput, PageOf, Problem, choice_of

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
    placed_at: UtcTime


class OrderDetails(OrderSummary):
    lines: list[OrderItemDetails]


def with_lines(order: Order) -> Beside:
    return Beside(order, lines=orders.lines_of(order))


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
    return answer(PageOf[OrderSummary], found)


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
    return answer(OrderDetails, with_lines(order))

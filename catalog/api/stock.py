"""Buying goods and receiving them, for staff."""

from typing import Annotated

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Router
from pydantic import BaseModel, Field, model_validator

from catalog import access
from catalog.models import PurchaseOrder
from catalog.operations import deliveries
from catalog.queries import purchasing
from gymsite.core.errors import Invalid
from gymsite.rest.answers import answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.idempotency import idempotent
from gymsite.rest.schemas import Id, Input, PathId, Problem, choice_of

router = Router(tags=["Stock"])
PurchaseStatus = Annotated[str, choice_of("PurchaseStatus", PurchaseOrder.Status)]
MOST_PRODUCTS = 500
Quantity = Annotated[int, Field(ge=1, le=2**31 - 1, examples=[12])]


class PurchasePlanRequest(Input):
    """Without a budget all that is short is covered."""

    budget_minor: int | None = Field(
        None, ge=0, le=purchasing.LARGEST_BUDGET, examples=[250000]
    )
    horizon_days: int = Field(
        purchasing.HORIZON_DAYS,
        ge=1,
        le=purchasing.LONGEST_HORIZON,
        description="How long the goods should last.",
    )
    product_ids: list[Id] | None = Field(
        None, max_length=MOST_PRODUCTS, description="Only these; all if left out."
    )


class PurchasePlanLine(BaseModel):
    """``quantity`` is whole packs in units, ``cost`` the line's in minor units."""

    offer: int = source("offer_id")
    product: int = source("product_id")
    quantity: int = Field(examples=[24])
    cost: int = source("cost_minor", examples=[9600])
    packs: int = Field(examples=[2])
    supplier: str


class ProductShortage(BaseModel):
    """Why so many are short: expected sales and reorder level, less what is there."""

    product: int = source("product_id")
    name: str = source("product")
    on_hand: int
    on_order: int
    expected_sales: int = source("expected")
    reorder_at: int
    short: int
    bought: int
    left: int
    why: str = Field(examples=["The budget does not reach."])


class PurchasePlan(BaseModel):
    """``shortage_left`` units stay short, of all products.

    ``shortages`` says of which and why.
    """

    lines: list[PurchasePlanLine]
    total: int = source("total_minor", examples=[9600])
    shortage_left: int
    currency: str = Field(examples=["GBP"])
    shortages: list[ProductShortage]


class DeliveryLineRequest(Input):
    """A line of the purchase order, or a product of it."""

    line: Id | None = None
    product: Id | None = None
    quantity: Quantity

    @model_validator(mode="after")
    def one_name(self) -> "DeliveryLineRequest":
        if (self.line is None) == (self.product is None):
            raise ValueError("Name either the line or the product.")
        return self


class DeliveryRequest(Input):
    """``note`` is the number on the delivery note, which makes it count once.

    Without lines all the rest came.
    """

    note: str = Field(
        min_length=1, max_length=deliveries.LONGEST_NOTE, examples=["LS-20417"]
    )
    lines: list[DeliveryLineRequest] | None = Field(
        None, min_length=1, max_length=MOST_PRODUCTS
    )


class DeliveryLine(BaseModel):
    """``on_hand`` is what lay in the store after it."""

    line: int = source("line_id")
    product: int = source("product_id")
    name: str = source("product")
    quantity: int
    on_hand: int


class DeliveryReceipt(BaseModel):
    """``repeated``: this note was counted before, and these are its lines."""

    delivery: int = source("delivery.id")
    order: int = source("order.id")
    reference: str = source("order.reference", examples=["K7QF2M9XPT3"])
    status: PurchaseStatus = source("order.status")
    note: str = source("delivery.note")
    lines: list[DeliveryLine]
    repeated: bool


@router.post(
    "/plan",
    response={200: PurchasePlan, (403, 404): Problem},
    operation_id="plan_purchases",
    summary="What to buy",
)
@idempotent
def plan(request: ApiRequest, body: PurchasePlanRequest) -> HttpResponse:
    """The suppliers' packs that cover what is short at least cost.

    A budget buys as much of it as it pays for. Orders nothing: a manager approves a
    plan in the admin.
    """
    access.check_may(request.auth, "plan")
    found = purchasing.plan_purchases(**body.model_dump(), now=timezone.now())
    return answer(PurchasePlan, found)


@router.post(
    "/deliver/{order_id}",
    response={200: DeliveryReceipt, (403, 404): Problem},
    operation_id="receive_delivery",
    summary="Receive a delivery",
)
@idempotent
def deliver(
    request: ApiRequest, order_id: Annotated[PathId, Path()], body: DeliveryRequest
) -> HttpResponse:
    """Count what came of a purchase order, in part or in full.

    The same note again counts nothing and gives the same answer, marked ``repeated``.
    """
    access.check_may(request.auth, "deliver")
    received = deliveries.deliver(
        purchase_id=order_id,
        note=body.note,
        **_quantities(body.lines),
        branch_id=access.own_branch(request.auth),
        actor_id=request.auth.pk,
        now=timezone.now(),
    )
    return answer(DeliveryReceipt, received)


def _quantities(lines: list[DeliveryLineRequest] | None) -> dict[str, dict[int, int]]:
    """{"lines": …} or {"products": …} as the operation takes them.

    Raises Invalid when both or one twice are named.
    """
    if lines is None:
        return {}
    by = "lines" if lines[0].line else "products"
    named = [
        (row.line if by == "lines" else row.product, row.quantity) for row in lines
    ]
    found = {name: quantity for name, quantity in named if name}
    if len(found) < len(lines):
        raise Invalid({"lines": ["Name all by line or all by product, each once."]})
    return {by: found}

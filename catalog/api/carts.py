"""A cart, and paying it."""

from typing import Annotated

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Router
from pydantic import BaseModel, Field

from catalog.api.orders import OrderDetails, with_lines
from catalog.errors import CartNotFound
from catalog.models import LARGEST_QUANTITY, Cart, CartItem
from catalog.operations import carts as operations
from catalog.operations.checkout import check_out
from catalog.queries.carts import cart_of, items_of
from gymsite.rest.answers import Beside, answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.idempotency import idempotent, idempotent_network
from gymsite.rest.schemas import Id, Input, PathId, Problem, choice_of

router = Router(tags=["Carts"])
CartStatus = Annotated[str, choice_of("CartStatus", Cart.Status)]

CartId = Annotated[PathId, Path()]
ProductId = Annotated[PathId, Path()]


class CartItemDetails(BaseModel):
    """``price_minor`` is what one cost when it was put in.

    ``price_now_minor`` is what one costs now.
    """

    product_id: int
    name: str
    quantity: int
    price_minor: int = Field(examples=[1290])
    price_now_minor: int = source("product.price_minor")
    currency: str = Field(examples=["GBP"])
    total_minor: int
    on_sale: bool
    available: int | None = Field(
        description="How many lie in the store; null where it never runs out."
    )


class CartDetails(BaseModel):
    id: int
    status: CartStatus
    branch_id: int = Field(description="Where the order will be collected.")
    items: list[CartItemDetails]
    total_minor: int


class CartItemRequest(Input):
    quantity: int = Field(description=f"1 to {LARGEST_QUANTITY}.", examples=[2])


class CheckoutRequest(Input):
    branch_id: Id | None = Field(
        None, description="Where to collect it; the cart's branch if left out."
    )
    gateway: str = Field(
        "card", max_length=20, description="A way to pay.", examples=["card"]
    )
    source: str = Field(
        "", max_length=200, description="What the gateway knows the card by."
    )


def _item(item: CartItem) -> Beside:
    product = item.product
    return Beside(
        item,
        on_sale=product.status == product.Status.ON_SALE,
        available=product.stock.on_hand if product.tracks_stock else None,
    )


def _answer(cart: Cart, status: int = 200) -> HttpResponse:
    items = [_item(item) for item in items_of(cart.pk)]
    total = sum(item.total_minor for item in items)
    return answer(CartDetails, Beside(cart, items=items, total_minor=total), status)


def _mine(request: ApiRequest, cart_id: int) -> Cart:
    cart = cart_of(request.auth.pk, cart_id)
    if cart is None:
        raise CartNotFound(
            "You have no such cart.", remedy="Ask for yours with POST /carts/."
        )
    return cart


@router.post(
    "/",
    response={200: CartDetails, 201: CartDetails},
    operation_id="open_cart",
    summary="My open cart",
)
@idempotent
def ensure(request: ApiRequest) -> HttpResponse:
    """The one cart that one fills, made if there is none (201)."""
    cart, made = operations.ensure_cart(member_id=request.auth.pk, now=timezone.now())
    return _answer(cart, 201 if made else 200)


@router.get(
    "/{cart_id}",
    response={200: CartDetails, 404: Problem},
    operation_id="read_cart",
    summary="One of my carts",
)
def read(request: ApiRequest, cart_id: CartId) -> HttpResponse:
    """What is in it, at the prices one saw and the prices of now."""
    return _answer(_mine(request, cart_id))


@router.put(
    "/{cart_id}/items/{product_id}",
    response={200: CartDetails, (404, 409): Problem},
    operation_id="put_cart_item",
    summary="Have so many of a product",
)
def put_item(
    request: ApiRequest, cart_id: CartId, product_id: ProductId, body: CartItemRequest
) -> HttpResponse:
    """Exactly so many, at today's price; asked again, it stays so."""
    item = operations.set_item(
        cart_id=cart_id,
        member_id=request.auth.pk,
        product_id=product_id,
        quantity=body.quantity,
        now=timezone.now(),
    )
    return _answer(item.cart)


@router.delete(
    "/{cart_id}/items/{product_id}",
    response={200: CartDetails, (404, 409): Problem},
    operation_id="remove_cart_item",
    summary="Take a product out",
)
def remove_item(
    request: ApiRequest, cart_id: CartId, product_id: ProductId
) -> HttpResponse:
    """Without it; one that is not in the cart changes nothing."""
    operations.remove_item(
        cart_id=cart_id,
        member_id=request.auth.pk,
        product_id=product_id,
        now=timezone.now(),
    )
    return _answer(_mine(request, cart_id))


@router.post(
    "/{cart_id}/accept",
    response={200: CartDetails, (404, 409): Problem},
    operation_id="accept_cart_changes",
    summary="Accept what changed",
)
@idempotent
def accept(request: ApiRequest, cart_id: CartId) -> HttpResponse:
    """Take over today's prices, and leave out what is not sold any more."""
    operations.accept_changes(
        cart_id=cart_id, member_id=request.auth.pk, now=timezone.now()
    )
    return _answer(_mine(request, cart_id))


@router.post(
    "/{cart_id}/checkout",
    response={201: OrderDetails, (402, 404, 409): Problem},
    operation_id="check_out_cart",
    summary="Pay a cart",
)
@idempotent_network
def checkout(
    request: ApiRequest, cart_id: CartId, body: CheckoutRequest
) -> HttpResponse:
    """Hold the stock, take the money, place the order: all or nothing.

    A cart that was paid before gives its order. A price that changed or stock that is
    missing stops it, with old and new in ``lines``; then nothing is charged.
    """
    order, _ = check_out(
        cart_id=cart_id,
        member_id=request.auth.pk,
        branch_id=body.branch_id,
        gateway=body.gateway,
        source=body.source,
        now=timezone.now(),
    )
    return answer(OrderDetails, with_lines(order), 201)

"""Row locks of the shop, the only place that takes them. Order: cart, order or purchase; then stock levels by product;
then the payment. See docs/locks.md.

What hangs on a row is read after the row is held, never joined: whoever waited for the row gets its newest version, but
of the joined ones those that stood before the wait.
"""

from collections.abc import Iterable

from .errors import CartNotFound, OrderNotFound, RentalNotFound
from .models import Cart, Order, Rental, StockLevel


def lock_cart(cart_id: int, *, member_id: int) -> Cart:
    """Hold one's own cart, and with it what is in it; raises CartNotFound."""
    carts = Cart.objects.select_for_update(of=("self",), no_key=True)
    cart = carts.filter(pk=cart_id, member_id=member_id).first()
    if cart is None:
        raise CartNotFound("You have no such cart.", remedy="You find yours under Cart.")
    return cart


def lock_levels(product_ids: Iterable[int]) -> dict[int, int]:
    """Hold the stock of these products, all in one query by key; {product: on hand} of those that are counted."""
    levels = StockLevel.objects.select_for_update(of=("self",), no_key=True)
    return dict(levels.filter(pk__in=list(product_ids)).order_by("pk").values_list("pk", "on_hand"))


def lock_order(order_id: int) -> Order:
    """Raises OrderNotFound."""
    orders = Order.objects.select_for_update(of=("self",), no_key=True)
    order = orders.filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound("There is no such order.")
    return order


def lock_rental(rental_id: int, *, member_id: int | None = None) -> Rental:
    """With ``member_id`` only that member's own; raises RentalNotFound."""
    rentals = Rental.objects.select_for_update(of=("self",), no_key=True).select_related("branch")
    rental = rentals.filter(pk=rental_id, **({"member_id": member_id} if member_id else {})).first()
    if rental is None:
        raise RentalNotFound("You have no such rental." if member_id else "There is no such rental.")
    return rental

"""Row locks of the shop, the only place that takes them. See docs/locks.md.

Order: cart, order, rental or purchase, with its own payment; then stock levels by
product.

What hangs on a row is read after the row is held, never joined: whoever waited for the
row gets its newest version, but of the joined ones those that stood before the wait.
"""

from collections.abc import Iterable

from catalog.errors import CartNotFound, OrderNotFound, PurchaseNotFound, RentalNotFound
from catalog.models import Cart, Order, PurchaseOrder, Rental
from gymsite.payments.models import Payment
from gymsite.postgres.rows import execute, fetch_all
from gymsite.postgres.statements import statements

SQL = statements("catalog", "locks")


def lock_cart(cart_id: int, *, member_id: int) -> Cart:
    """Hold one's own cart, and with it what is in it; raises CartNotFound."""
    carts = Cart.objects.select_for_update(of=("self",), no_key=True)
    cart = carts.filter(pk=cart_id, member_id=member_id).first()
    if cart is None:
        raise CartNotFound(
            "You have no such cart.", remedy="You find yours under Cart."
        )
    _hold_payment(cart)
    return cart


def lock_cart_payment(payment_id: int) -> Payment:
    """Hold a payment after the cart that it pays, which may pay another by now, and the
    order that was made of it."""
    carts = Cart.objects.select_for_update(of=("self",), no_key=True)
    cart = carts.filter(payment_id=payment_id).first()
    if cart is not None and cart.status == Cart.Status.ORDERED:
        list(Order.objects.select_for_update(no_key=True).filter(cart=cart))
    return _payment_of(cart, payment_id)


def lock_rental_payment(payment_id: int) -> Payment:
    """Hold a payment after the rental whose fees and deposit it pays."""
    rentals = Rental.objects.select_for_update(of=("self",), no_key=True)
    return _payment_of(rentals.filter(payment_id=payment_id).first(), payment_id)


def _payment_of(row: Cart | Rental | None, payment_id: int) -> Payment:
    payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    if row is not None:
        row.payment = payment
    return payment


def _hold_payment(row: Cart | Order | Rental) -> None:
    """Hold the payment too, in a statement after the row's.

    A join would show it as it was before the lock was had.
    """
    if row.payment_id is not None:
        row.payment = Payment.objects.select_for_update(no_key=True).get(
            pk=row.payment_id
        )


def lock_levels(product_ids: Iterable[int]) -> dict[int, int]:
    """Hold the stock of these products, in one statement by key.

    {product: on hand} of those that are counted.
    """
    levels = fetch_all(SQL.lock_levels, {"products": list(product_ids)})
    return {level.product_id: level.on_hand for level in levels}


def lock_order(order_id: int) -> Order:
    """Raises OrderNotFound."""
    orders = Order.objects.select_for_update(of=("self",), no_key=True)
    order = orders.filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound("There is no such order.")
    _hold_payment(order)
    return order


def lock_rental(rental_id: int, *, member_id: int | None = None) -> Rental:
    """With ``member_id`` only that member's own; raises RentalNotFound."""
    rentals = Rental.objects.select_for_update(
        of=("self",), no_key=True
    ).select_related("branch")
    rental = rentals.filter(
        pk=rental_id, **({"member_id": member_id} if member_id else {})
    ).first()
    if rental is None:
        raise RentalNotFound(
            "You have no such rental." if member_id else "There is no such rental."
        )
    _hold_payment(rental)
    return rental


def lock_purchase(purchase_id: int, *, branch_id: int | None = None) -> PurchaseOrder:
    """Hold a purchase order, of that branch where one is given.

    Raises PurchaseNotFound.
    """
    orders = PurchaseOrder.objects.select_for_update(
        of=("self",), no_key=True
    ).select_related("supplier")
    own = {} if branch_id is None else {"branch_id": branch_id}
    order = orders.filter(pk=purchase_id, **own).first()
    if order is None:
        raise PurchaseNotFound(f"There is no purchase order {purchase_id}.")
    return order


def lock_purchasing() -> None:
    """Let nobody else approve a plan until the transaction ends.

    Sales and deliveries go on. Taken first of all.
    """
    execute(SQL.lock_purchasing)

"""Filling a cart. Whatever changes what is in it lets go of the stock it held."""

from datetime import datetime

from django.db import connection, transaction

from catalog import locks, rules
from catalog.errors import (
    BranchClosed,
    CartOrdered,
    OutOfStock,
    ProductNotFound,
    ProductWithdrawn,
)
from catalog.models import LARGEST_QUANTITY, Cart, CartItem, Product, StockHold
from catalog.queries.carts import items_of, open_cart
from gymsite.core import errors as core_errors
from gymsite.core import rivals
from gymsite.core.models import Branch, User
from gymsite.payments.errors import PaymentUnderWay
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements

SQL = statements("catalog", "carts")
TRIES = 3


def ensure_cart(*, member_id: int, now: datetime) -> tuple[Cart, bool]:
    """The member's open cart, and whether it was made now.

    Two first clicks at once make one. Raises NotFound, BranchClosed (no branch is
    open), Busy.
    """
    if cart := open_cart(member_id):
        return cart, False
    for _ in range(TRIES):  # a rival's may be ordered in this very moment
        _make_cart(member_id, now)
        if cart := open_cart(member_id):
            return cart, True
    raise rivals.busy()


def _make_cart(member_id: int, now: datetime) -> None:
    """At the member's own branch while it is open, or else the first that is."""
    member = User.objects.filter(pk=member_id, is_active=True).first()
    if member is None:
        raise core_errors.NotFound("There is no such member.")
    branches = Branch.objects.filter(is_active=True).order_by("pk")
    found = list(branches.values_list("pk", flat=True))
    if not found:
        raise BranchClosed("No branch is open, so nothing is sold.")
    branch_id = member.home_branch_id if member.home_branch_id in found else found[0]
    made = Cart(branch_id=branch_id, member=member, created_at=now)
    Cart.objects.bulk_create([made], ignore_conflicts=True)


def add_to_cart(
    *, member_id: int, product_id: int, quantity: int = 1, now: datetime
) -> CartItem:
    """Put so many more of a product into the member's cart; raises as ``set_item``."""
    rules.check_quantity(quantity)
    values = {
        "member": member_id,
        "product": product_id,
        "quantity": quantity,
        "largest": LARGEST_QUANTITY,
    }
    with core_errors.refusals():
        row = fetch_one(SQL.add_to_cart, values)
    if row:
        return CartItem.from_db(connection.alias, row._fields, row)
    return _add_judged(member_id, product_id, quantity, now)


@transaction.atomic
def _add_judged(
    member_id: int, product_id: int, quantity: int, now: datetime
) -> CartItem:
    """The long way: it makes a missing cart and says which rule refuses."""
    cart = locks.lock_cart(
        ensure_cart(member_id=member_id, now=now)[0].pk, member_id=member_id
    )
    there = (
        CartItem.objects.filter(cart=cart, product_id=product_id)
        .values_list("quantity", flat=True)
        .first()
    )
    return _put(cart, product_id, (there or 0) + quantity, now)


@transaction.atomic
def set_item(
    *, cart_id: int, member_id: int, product_id: int, quantity: int, now: datetime
) -> CartItem:
    """Have exactly so many of a product in one's cart, at the price it has now.

    Raises Invalid (a quantity that is not 1 to 50), CartNotFound, CartOrdered,
    PaymentUnderWay, ProductNotFound, ProductWithdrawn, OutOfStock (more than lie in the
    store).
    """
    return _put(
        locks.lock_cart(cart_id, member_id=member_id), product_id, quantity, now
    )


def _put(cart: Cart, product_id: int, quantity: int, now: datetime) -> CartItem:
    _check_open(cart, now)
    product = _buyable(product_id, quantity)
    item = CartItem(
        cart=cart,
        product=product,
        name=product.name,
        quantity=quantity,
        price_minor=product.price_minor,
        currency=product.currency,
    )
    with core_errors.refusals():
        CartItem.objects.bulk_create(
            [item],
            update_conflicts=True,
            unique_fields=["cart", "product"],
            update_fields=["name", "quantity", "price_minor", "currency"],
        )
    _let_go(cart)
    return item


def _check_open(cart: Cart, now: datetime) -> None:
    if cart.status != Cart.Status.OPEN:
        raise CartOrdered(remedy="Start a new cart.")
    if cart.payment is not None and cart.payment.is_open:
        raise PaymentUnderWay(
            "This cart is being paid at this moment.",
            remedy="Wait for what comes of it, then change the cart.",
        )


def _buyable(product_id: int, quantity: int) -> Product:
    rules.check_quantity(quantity)
    product = Product.objects.select_related("stock").filter(pk=product_id).first()
    if product is None:
        raise ProductNotFound(f"There is no product {product_id}.")
    if product.status != Product.Status.ON_SALE:
        raise ProductWithdrawn(f"{product.name} is not sold any more.")
    if product.tracks_stock and product.stock.on_hand < quantity:
        left = product.stock.on_hand
        raise OutOfStock(
            f"Only {left} of {product.name} {'is' if left == 1 else 'are'} left."
            if left
            else f"{product.name} is sold out.",
            remedy="Take fewer." if left else "Look again in some days.",
            lines=[
                {
                    "product_id": product.pk,
                    "name": product.name,
                    "wanted": quantity,
                    "available": left,
                }
            ],
        )
    return product


def _let_go(cart: Cart) -> None:
    StockHold.objects.filter(cart=cart).delete()


@transaction.atomic
def remove_item(
    *, cart_id: int, member_id: int, product_id: int, now: datetime
) -> None:
    """Take a product out of one's cart; one that is not in it changes nothing."""
    cart = locks.lock_cart(cart_id, member_id=member_id)
    _check_open(cart, now)
    CartItem.objects.filter(cart=cart, product_id=product_id).delete()
    _let_go(cart)


@transaction.atomic
def accept_changes(*, cart_id: int, member_id: int, now: datetime) -> None:
    """Take over today's names and prices of everything in the cart.

    What is not sold any more is left out, and what is sold in another currency by now.
    """
    cart = locks.lock_cart(cart_id, member_id=member_id)
    _check_open(cart, now)
    for item in items_of(cart.pk):
        product = item.product
        if (
            product.status != Product.Status.ON_SALE
            or product.currency != item.currency
        ):
            item.delete()
        else:
            item.name, item.price_minor = product.name, product.price_minor
            item.save(update_fields=["name", "price_minor"])
    _let_go(cart)

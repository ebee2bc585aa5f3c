"""Paying a cart: hold the stock, ask for the money, place the order. An order is paid or not placed.

The gateway is a network, so it is asked between two transactions. The first holds the stock for 15 minutes and notes
that a payment is under way; the second takes the stock, enters the money and writes the order, all or nothing. Should
the second not find what the first one held (the hold ran out meanwhile), the money goes back.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from gymsite.core import errors as core_errors
from gymsite.core import references
from gymsite.core.errors import DomainError
from gymsite.core.models import Branch
from gymsite.core.operations.events import record
from gymsite.payments.errors import PaymentDeclined
from gymsite.payments.models import Payment
from gymsite.payments.operations import (
    Charge,
    ask,
    fail_payment,
    gateway_named,
    give_back,
    open_payment,
    settle_payment,
)

from .. import locks, rules
from ..errors import PaymentUnderWay
from ..models import Cart, CartItem, Order, StockEntry, StockHold
from ..queries.carts import items_of
from ..queries.stock import held_by_others
from .paying import HOLD_LASTS, is_paying

# Pairs by key, so that two orders of the same products take their rows in one order.
COUNT_PAIRS = """
INSERT INTO catalog_productpair (product_id, other_id, orders)
SELECT a.product_id, b.product_id, 1
FROM catalog_cartitem a JOIN catalog_cartitem b ON b.cart_id = a.cart_id AND b.product_id <> a.product_id
WHERE a.cart_id = %s
ORDER BY a.product_id, b.product_id
ON CONFLICT (product_id, other_id) DO UPDATE SET orders = catalog_productpair.orders + 1
"""


def check_out(
    *,
    cart_id: int,
    member_id: int,
    branch_id: int | None = None,
    gateway: str = "card",
    source: str = "",
    seen_minor: int | None = None,
    now: datetime,
) -> tuple[Order, bool]:
    """Pay one's cart; the order, and whether it was placed now (a cart that was ordered before gives its order).

    ``seen_minor`` is what the member saw that it comes to: should it come to anything else by now, it is not paid.
    Not to be called inside a transaction, as it talks to the gateway. Raises CartNotFound, CartEmpty, ProductWithdrawn,
    CartChanged, OutOfStock, PaymentUnderWay, PaymentDeclined; after each of them nothing is charged.
    """
    begun = begin_checkout(
        cart_id=cart_id, member_id=member_id, branch_id=branch_id, gateway=gateway, seen_minor=seen_minor, now=now
    )
    if isinstance(begun, Order):
        return begun, False
    payment, charge = begun, ask(begun, source=source)
    if not charge.is_paid:
        call_off(cart_id=cart_id, member_id=member_id, payment_id=payment.pk)
        raise PaymentDeclined(remedy="Try another card. What is in your cart stays there.")
    paid_at = max(now, timezone.now())  # paying takes its time, and a hold may run out in it
    try:
        order = place_order(cart_id=cart_id, member_id=member_id, payment_id=payment.pk, charge=charge, now=paid_at)
    except DomainError:
        if not call_off(cart_id=cart_id, member_id=member_id, payment_id=payment.pk):
            return Order.objects.get(payment=payment), False  # a second try took this payment up and was quicker
        give_back(
            payment, reference=charge.reference, amount_minor=payment.amount_minor, key=f"payment-{payment.pk}-back"
        )
        raise
    return order, True


@transaction.atomic
def begin_checkout(
    *,
    cart_id: int,
    member_id: int,
    branch_id: int | None = None,
    gateway: str,
    seen_minor: int | None = None,
    now: datetime,
) -> Payment | Order:
    """Judge the cart, hold its stock and open a payment; the order, if it was placed before."""
    gateway_named(gateway)
    cart = locks.lock_cart(cart_id, member_id=member_id)
    if cart.status == Cart.Status.ORDERED:
        return Order.objects.get(cart=cart)
    if is_paying(cart, now):
        raise PaymentUnderWay(remedy="Look under Orders in a moment.")
    items = list(items_of(cart.pk))
    if refusal := rules.for_sale(items) or rules.prices_stand(items) or rules.total_stands(items, seen_minor):
        raise refusal
    _check_stock(cart, items, now)
    _hold(cart, items, now)
    cart.branch_id = _branch(cart, branch_id)
    cart.payment = _payment(cart, items, gateway, now)
    cart.save(update_fields=["branch", "payment"])
    return cart.payment


def _payment(cart: Cart, items: list[CartItem], gateway: str, now: datetime) -> Payment:
    """A new payment, or the one that nobody came back for (a process was killed): its key makes it the same charge."""
    wanted: dict[str, Any] = {
        "branch_id": cart.branch_id,
        "member_id": cart.member_id,
        "amount_minor": sum(item.total_minor for item in items),
        "currency": items[0].currency,
        "gateway": gateway,
    }
    left = cart.payment
    if left is None or left.status != Payment.Status.PENDING:
        return open_payment(**wanted, now=now)
    if all(getattr(left, name) == value for name, value in wanted.items()):
        left.created_at = now
        left.save(update_fields=["created_at"])
        return left
    fail_payment(left, now=now)
    return open_payment(**wanted, now=now)


def _branch(cart: Cart, branch_id: int | None) -> int:
    if branch_id is None or branch_id == cart.branch_id:
        return cart.branch_id
    if not Branch.objects.filter(pk=branch_id, is_active=True).exists():
        raise core_errors.Invalid({"branch": ["There is no such branch."]})
    return branch_id


def _check_stock(cart: Cart, items: list[CartItem], now: datetime) -> None:
    """Hold the levels, then read what others hold: in a statement after the lock, so that it is true."""
    on_hand = locks.lock_levels(item.product_id for item in items)
    held = held_by_others(on_hand, cart_id=cart.pk, now=now)
    if refusal := rules.in_stock(items, on_hand, held):
        raise refusal


def _hold(cart: Cart, items: list[CartItem], now: datetime) -> None:
    StockHold.objects.filter(cart=cart).delete()
    StockHold.objects.bulk_create(
        StockHold(cart=cart, product_id=item.product_id, quantity=item.quantity, expires_at=now + HOLD_LASTS)
        for item in items
        if item.product.tracks_stock
    )


@transaction.atomic
def place_order(*, cart_id: int, member_id: int, payment_id: int, charge: Charge, now: datetime) -> Order:
    """Take the stock, enter the money and write the order of a cart whose payment was made.

    Raises PaymentUnderWay when another payment has taken this one's place, OutOfStock when the hold ran out and others
    were quicker. The caller gives the money back then.
    """
    cart = locks.lock_cart(cart_id, member_id=member_id)
    if cart.payment is None or cart.payment_id != payment_id or cart.payment.status != Payment.Status.PENDING:
        raise PaymentUnderWay("Another payment of this cart came first.", remedy="Look under Orders.")
    items = list(items_of(cart.pk))
    _check_stock(cart, items, now)
    cart.status = Cart.Status.ORDERED
    cart.save(update_fields=["status"])
    settle_payment(cart.payment, charge, now=now)
    order = Order.objects.create(
        reference=references.new(),
        branch_id=cart.branch_id,
        member_id=member_id,
        cart=cart,
        payment=cart.payment,
        total_minor=sum(item.total_minor for item in items),
        currency=items[0].currency,
        placed_at=now,
    )
    _take_stock(order, items, now)
    if len(items) > 1:
        with connection.cursor() as cursor:
            cursor.execute(COUNT_PAIRS, [cart.pk])
    record("ordered", order, at=now, actor_id=member_id, member_id=member_id, branch_id=order.branch_id)
    return order


def _take_stock(order: Order, items: list[CartItem], now: datetime) -> None:
    """One entry a product; the ledger's trigger moves the level, whose CHECK has the last word."""
    with core_errors.refusals():
        StockEntry.objects.bulk_create(
            StockEntry(
                branch_id=order.branch_id,
                product_id=item.product_id,
                kind=StockEntry.Kind.SALE,
                quantity=-item.quantity,
                order=order,
                actor_id=order.member_id,
                at=now,
            )
            for item in sorted(items, key=lambda item: item.product_id)
            if item.product.tracks_stock
        )
    StockHold.objects.filter(cart_id=order.cart_id).delete()


@transaction.atomic
def call_off(*, cart_id: int, member_id: int, payment_id: int) -> bool:
    """A payment came to nothing: the cart may be changed and paid again, and keeps its hold until that runs out.

    False when this very payment has paid the order meanwhile: then its money stays.
    """
    cart = locks.lock_cart(cart_id, member_id=member_id)
    if cart.payment is None or cart.payment_id != payment_id:
        return True
    if cart.payment.status == Payment.Status.PENDING:
        fail_payment(cart.payment, now=cart.payment.created_at)
    return cart.payment.status == Payment.Status.FAILED


def sweep_holds(*, now: datetime) -> int:
    """Forget holds that ran out; they count no more since then. How many there were.

    A cart that is being paid lets go of its own: its rows are passed over, since waiting for them deadlocks.
    """
    over = StockHold.objects.select_for_update(skip_locked=True).filter(expires_at__lte=now)
    return StockHold.objects.filter(pk__in=over.values("pk")).delete()[0]

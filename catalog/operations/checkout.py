"""Paying a cart: hold the stock, ask for the money, place the order, or nothing.

``begin_checkout`` judges, holds the stock for 15 minutes and notes the payment;
``payments.operations.pay`` asks for the money, and comes back to
``OrderPurpose.settle``, which looks again, takes the stock and writes the order in the
transaction that enters the money. A cart whose payment is open is frozen until that has
ended, however long it takes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from catalog import locks, rules
from catalog.errors import BranchClosed
from catalog.event_kinds import CatalogEvent
from catalog.models import Cart, CartItem, Order, StockEntry, StockHold
from catalog.operations.orders import note_refund
from catalog.queries.carts import items_of
from catalog.queries.stock import held_by_others
from gymsite.core import errors as core_errors
from gymsite.core import references, row_locks
from gymsite.core.models import Branch
from gymsite.core.operations.events import record
from gymsite.payments.errors import PaymentUnderWay
from gymsite.payments.models import Payment
from gymsite.payments.operations import (
    LONGEST_PAYMENT,
    GivenBack,
    begin,
    gateway_named,
    pay,
)
from gymsite.payments.queries.bought import Bought
from gymsite.postgres.rows import execute
from gymsite.postgres.statements import statements

SQL = statements("catalog", "checkout")
PURPOSE = "order"
HOLD_LASTS = timedelta(minutes=15)


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
    """Pay one's cart; the order, and whether it was placed now.

    A cart that was ordered before gives its order. ``seen_minor`` is what the member
    saw that it comes to: should it come to anything else by now, it is not paid. Not to
    be called inside a transaction, as it talks to the gateway. Raises CartNotFound,
    CartEmpty, ProductWithdrawn, CartChanged, OutOfStock, PaymentUnderWay,
    PaymentDeclined; after each of them nothing is charged.
    """
    begun = begin_checkout(
        cart_id=cart_id,
        member_id=member_id,
        branch_id=branch_id,
        gateway=gateway,
        seen_minor=seen_minor,
        now=now,
    )
    if isinstance(begun, Order):
        return begun, False
    order = pay(begun, source=source, now=now)
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
    """Judge the cart, hold its stock and open a payment, or find its order.

    Raises BranchClosed where it would be collected at a branch that closed.
    """
    gateway_named(gateway)
    cart = locks.lock_cart(cart_id, member_id=member_id)
    if cart.status == Cart.Status.ORDERED:
        return Order.objects.get(cart=cart)
    items = list(items_of(cart.pk))
    if cart.payment is not None and cart.payment.is_open:
        return _taken_up(cart.payment, now)
    refusal = rules.for_sale(items) or rules.prices_stand(items)
    if refusal := refusal or rules.total_stands(items, seen_minor):
        raise refusal
    _check_stock(cart, items, now)
    _hold(cart, items, now)
    cart.branch_id = _branch(cart, branch_id)
    cart.payment = begin(
        purpose=PURPOSE,
        thing=str(cart.pk),
        branch_id=cart.branch_id,
        member_id=member_id,
        amount_minor=sum(item.total_minor for item in items),
        currency=items[0].currency,
        gateway=gateway,
        now=now,
    )
    cart.save(update_fields=["branch", "payment"])
    return cart.payment


def _taken_up(payment: Payment, now: datetime) -> Payment:
    """Look up the payment that nobody came back for (a process was killed).

    It has the same key.
    """
    if payment.look_up_at is None or payment.look_up_at > now:
        raise PaymentUnderWay(
            "This cart is being paid at this moment.",
            remedy="Look under Orders in a moment.",
        )
    payment.look_up_at = now + LONGEST_PAYMENT
    payment.save(update_fields=["look_up_at"])
    return payment


def _branch(cart: Cart, branch_id: int | None) -> int:
    wanted = cart.branch_id if branch_id is None else branch_id
    if Branch.objects.filter(pk=wanted, is_active=True).exists():
        return wanted
    if wanted != cart.branch_id:
        raise core_errors.Invalid({"branch": ["There is no such branch."]})
    raise BranchClosed(remedy="Choose another branch to collect your order at.")


def _hold_branch(cart: Cart) -> None:
    """Keep the branch open while the order is written; raises BranchClosed."""
    branch = Branch.objects.filter(pk=cart.branch_id, is_active=True)
    if row_locks.shared(branch) is None:
        raise BranchClosed(
            "This branch has closed while you paid.",
            remedy="Choose another branch and pay again.",
        )


def _check_stock(cart: Cart, items: list[CartItem], now: datetime) -> None:
    """Hold the levels, then read what others hold: true only after the lock."""
    on_hand = locks.lock_levels(item.product_id for item in items)
    held = held_by_others(on_hand, cart_id=cart.pk, now=now)
    if refusal := rules.in_stock(items, on_hand, held):
        raise refusal


def _hold(cart: Cart, items: list[CartItem], now: datetime) -> None:
    StockHold.objects.filter(cart=cart).delete()
    StockHold.objects.bulk_create(
        StockHold(
            cart=cart,
            product_id=item.product_id,
            quantity=item.quantity,
            expires_at=now + HOLD_LASTS,
        )
        for item in items
        if item.product.tracks_stock
    )


class OrderPurpose:
    """How a payment for a cart becomes an order (payments.operations.Purpose)."""

    def hold(self, payment_id: int) -> Payment:
        return locks.lock_cart_payment(payment_id)

    def settle(self, payment: Payment, now: datetime) -> Order:
        """Take the stock and write the order.

        Raises OutOfStock when the hold ran out and others were quicker, BranchClosed.
        """
        cart = payment.cart
        _hold_branch(cart)
        items = list(items_of(cart.pk))
        _check_stock(cart, items, now)
        cart.status = Cart.Status.ORDERED
        cart.save(update_fields=["status"])
        order = _order(cart, items, now)
        _take_stock(order, items, now)
        if len(items) > 1:
            execute(SQL.count_pairs, {"cart": cart.pk})
        record(
            CatalogEvent.ORDERED,
            order,
            at=now,
            actor_id=cart.member_id,
        )
        return order

    def let_go(self, payment: Payment, now: datetime) -> None:
        """The cart may change again, and keeps its hold until that runs out."""

    def refundable(self, payment: Payment, amount_minor: int) -> None:
        """However much; its lines are given back as lines."""

    def gave_back(self, payment: Payment, back: GivenBack, now: datetime) -> None:
        order = Order.objects.get(payment=payment)
        note_refund(order, back.amount_minor, back.reason, back.actor_id, now)

    def found(self, payment: Payment) -> Order:
        return Order.objects.get(payment=payment)

    def bought(self, payments: Sequence[Payment]) -> dict[int, Bought]:
        rows = Order.objects.filter(payment__in=payments)
        return {
            order.payment_id: Bought(
                f"Order {references.shown(order.reference)}", order.reference
            )
            for order in rows
        }


def _order(cart: Cart, items: list[CartItem], now: datetime) -> Order:
    assert cart.payment is not None
    return Order.objects.create(
        reference=references.new(),
        branch_id=cart.branch_id,
        member_id=cart.member_id,
        cart=cart,
        payment=cart.payment,
        total_minor=cart.payment.amount_minor,
        currency=cart.payment.currency,
        placed_at=now,
    )


def _take_stock(order: Order, items: list[CartItem], now: datetime) -> None:
    """One entry a product; the ledger's trigger moves the level, which is held.

    The level's CHECK has the last word.
    """
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
            for item in items
            if item.product.tracks_stock
        )
    StockHold.objects.filter(cart_id=order.cart_id).delete()


def sweep_holds(*, now: datetime) -> int:
    """Forget holds that ran out; they count no more since then. How many there were.

    A cart that is being paid lets go of its own: its rows are passed over, since
    waiting for them deadlocks.
    """
    over = StockHold.objects.select_for_update(skip_locked=True).filter(
        expires_at__lte=now
    )
    return StockHold.objects.filter(pk__in=over.values("pk")).delete()[0]

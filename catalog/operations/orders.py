"""What becomes of an order: packed, collected, given back."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from catalog import locks
from catalog.errors import RefundTooMuch, WrongOrderState
from catalog.event_kinds import CatalogEvent
from catalog.models import CartItem, Order, Refund, StockEntry
from gymsite.core import errors as core_errors
from gymsite.core.operations.events import record
from gymsite.payments.models import LedgerEntry
from gymsite.payments.operations import reverse_charge


@transaction.atomic
def mark_ready(*, order_id: int, actor_id: int, now: datetime) -> Order:
    """Packed: the member is told that it can be collected.

    A second time changes nothing; raises WrongOrderState.
    """
    return _move(
        order_id,
        Order.Status.READY,
        CatalogEvent.ORDER_READY,
        "ready_at",
        actor_id,
        now,
    )


@transaction.atomic
def mark_collected(*, order_id: int, actor_id: int, now: datetime) -> Order:
    """Handed over. A second time changes nothing; raises WrongOrderState."""
    return _move(
        order_id,
        Order.Status.COLLECTED,
        CatalogEvent.ORDER_COLLECTED,
        "collected_at",
        actor_id,
        now,
    )


def _move(
    order_id: int,
    status: Order.Status,
    kind: CatalogEvent,
    stamp: str,
    actor_id: int,
    now: datetime,
) -> Order:
    order = locks.lock_order(order_id)
    if order.status == status:
        return order
    if status not in Order.TRANSITIONS[Order.Status(order.status)]:
        raise WrongOrderState(
            f"Order {order.reference} is {order.get_status_display().lower()}; it "
            f"can't become {status.label.lower()}."
        )
    order.status = status
    setattr(order, stamp, now)
    order.save(update_fields=["status", stamp])
    record(kind, order, at=now, actor_id=actor_id, reference=order.reference)
    return order


@transaction.atomic
def refund_order(
    *,
    order_id: int,
    quantities: Mapping[int, int] | None = None,
    restock: bool,
    reason: str,
    actor_id: int,
    now: datetime,
) -> list[Refund]:
    """Give back so many of each line ({item: quantity}) by reversing entries.

    ``quantities`` None gives back all that is left. With ``restock`` the goods lie in
    the store again. Raises OrderNotFound, RefundTooMuch (values: item, left).
    """
    order = locks.lock_order(order_id)
    items = {
        item.pk: item
        for item in CartItem.objects.filter(cart_id=order.cart_id).select_related(
            "product"
        )
    }
    chosen = _chosen(items, quantities)
    if restock:
        locks.lock_levels(items[item].product_id for item in chosen)
    amount = _worth(order, items, chosen)
    entry = reverse_charge(order.payment, amount_minor=amount, now=now)
    refunds = [
        _refund(order, items[item], chosen[item], entry, restock, reason, actor_id, now)
        for item in chosen
    ]
    with core_errors.refusals():
        Refund.objects.bulk_create(refunds)
    if restock:
        _put_back(order, refunds, now)
    note_refund(order, amount, reason, actor_id, now)
    return refunds


def _chosen(
    items: Mapping[int, CartItem], quantities: Mapping[int, int] | None
) -> dict[int, int]:
    """What is given back of each line; raises RefundTooMuch."""
    given = dict(
        Refund.objects.filter(item__in=items)
        .values_list("item_id")
        .annotate(Sum("quantity"))
    )
    left = {item: items[item].quantity - given.get(item, 0) for item in items}
    chosen = {
        item: quantity
        for item, quantity in (left if quantities is None else quantities).items()
        if quantity
    }
    for item, quantity in chosen.items():
        if item not in items or not 0 < quantity <= left[item]:
            name = items[item].name if item in items else "another order's line"
            most = left.get(item, 0)
            raise RefundTooMuch(
                f"{quantity} of {name} can't be given back; {most} can.",
                item=item,
                left=most,
            )
    if not chosen:
        raise RefundTooMuch("There is nothing left of this order to give back.")
    return chosen


def _worth(
    order: Order, items: Mapping[int, CartItem], chosen: Mapping[int, int]
) -> int:
    """What these lines give back: what they cost, or what is left of the payment where
    some of it went back without a line."""
    cost = sum(items[item].price_minor * quantity for item, quantity in chosen.items())
    worth = min(cost, order.payment.left_minor)
    if not worth:
        raise RefundTooMuch("There is nothing left of this order to give back.")
    return worth


def _refund(
    order: Order,
    item: CartItem,
    quantity: int,
    entry: LedgerEntry,
    restock: bool,
    reason: str,
    actor_id: int,
    now: datetime,
) -> Refund:
    return Refund(
        branch_id=order.branch_id,
        order=order,
        item=item,
        entry=entry,
        quantity=quantity,
        restocked=restock and item.product.tracks_stock,
        reason=reason[:200],
        actor_id=actor_id,
        at=now,
    )


def _put_back(order: Order, refunds: list[Refund], now: datetime) -> None:
    StockEntry.objects.bulk_create(
        StockEntry(
            branch_id=order.branch_id,
            product_id=refund.item.product_id,
            kind=StockEntry.Kind.RETURN,
            quantity=refund.quantity,
            order=order,
            actor_id=refund.actor_id,
            reason=refund.reason,
            at=now,
        )
        for refund in refunds
        if refund.restocked
    )


def note_refund(
    order: Order, amount: int, reason: str, actor_id: int | None, now: datetime
) -> None:
    """So much of an order that the caller holds went back."""
    order.refunded_minor += amount
    if order.refunded_minor == order.total_minor:
        order.status = Order.Status.REFUNDED
    order.save(update_fields=["refunded_minor", "status"])
    record(
        CatalogEvent.ORDER_REFUNDED,
        order,
        at=now,
        actor_id=actor_id,
        reference=order.reference,
        amount_minor=amount,
        reason=reason,
    )

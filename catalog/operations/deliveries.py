"""Goods that arrive."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from catalog import locks, rules
from catalog.errors import DeliveredTooMuch
from catalog.event_kinds import CatalogEvent
from catalog.models import Delivery, PurchaseLine, PurchaseOrder, StockEntry
from catalog.queries import purchasing
from gymsite.core import errors as core_errors
from gymsite.core.errors import Invalid
from gymsite.core.operations.events import record

LONGEST_NOTE = 60


@dataclass(frozen=True, slots=True)
class Arrived:
    """So many units of a purchase order's line that were received.

    ``on_hand`` is what lay in the store after it.
    """

    line_id: int
    product_id: int
    product: str
    quantity: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class Received:
    """``repeated``: these are the lines of this note's earlier delivery."""

    order: PurchaseOrder
    delivery: Delivery
    lines: list[Arrived]
    repeated: bool


@transaction.atomic
def deliver(
    *,
    purchase_id: int,
    note: str,
    lines: Mapping[int, int] | None = None,
    products: Mapping[int, int] | None = None,
    branch_id: int | None = None,
    actor_id: int,
    now: datetime,
) -> Received:
    """Receive goods of a purchase order: units by line, or by product.

    Neither means all that is still to come. ``note`` is the number on the delivery
    note: the same one again counts nothing and returns what was received with it. With
    ``branch_id`` only an order of that branch. Raises Invalid, PurchaseNotFound,
    WrongPurchaseState, DeliveredTooMuch.
    """
    note = _tidy(note)
    order = locks.lock_purchase(purchase_id, branch_id=branch_id)
    if before := purchasing.delivery_of(order.pk, note):
        return _again(order, before)
    if refusal := rules.purchase_may_become(order, PurchaseOrder.Status.RECEIVED):
        raise refusal
    of_order = purchasing.lines_of(order.pk)
    arrived = _chosen(of_order, lines, products)
    delivery, received = _receive(order, arrived, note, actor_id, now)
    in_full = all(
        line.received + arrived.get(line, 0) == line.quantity for line in of_order
    )
    order.status = (
        PurchaseOrder.Status.RECEIVED if in_full else PurchaseOrder.Status.PART_RECEIVED
    )
    order.save(update_fields=["status"])
    _note(order, delivery, received, actor_id, now)
    return Received(order, delivery, received, repeated=False)


def _tidy(note: str) -> str:
    tidy = " ".join(note.split())
    if not tidy or len(tidy) > LONGEST_NOTE:
        length = f"at most {LONGEST_NOTE} characters"
        raise Invalid({"note": [f"Write the number on the delivery note, {length}."]})
    return tidy


def _chosen(
    of_order: list[PurchaseLine],
    lines: Mapping[int, int] | None,
    products: Mapping[int, int] | None,
) -> dict[PurchaseLine, int]:
    """Units by line, those without any left out.

    Raises Invalid for lines of other orders, DeliveredTooMuch.
    """
    if products is not None:
        lines = _spread(of_order, products)
    if lines is None:
        lines = {line.pk: line.quantity - line.received for line in of_order}
    by_id = {line.pk: line for line in of_order}
    if unknown := sorted(set(lines) - set(by_id)):
        raise Invalid({"lines": [f"Line {unknown[0]} is not of this purchase order."]})
    if any(quantity < 0 for quantity in lines.values()) or not any(lines.values()):
        raise Invalid({"lines": ["Say how many were received, 1 or more."]})
    chosen = {line: lines[line.pk] for line in of_order if lines.get(line.pk)}
    _judge(chosen)
    return chosen


def _spread(
    of_order: list[PurchaseLine], products: Mapping[int, int]
) -> dict[int, int]:
    """Units by line of what was said by product, one line after the other."""
    found: dict[int, int] = {}
    for product_id, quantity in products.items():
        of_product = [line for line in of_order if line.product_id == product_id]
        if not of_product:
            raise Invalid(
                {"lines": [f"Product {product_id} is not of this purchase order."]}
            )
        for line in of_product:
            found[line.pk] = min(quantity, line.quantity - line.received)
            quantity -= found[line.pk]
        found[of_product[-1].pk] += quantity
    return found


def _judge(chosen: Mapping[PurchaseLine, int]) -> None:
    """Raises DeliveredTooMuch with every line that holds more than is still to come."""
    over = [
        line
        for line, quantity in chosen.items()
        if quantity > line.quantity - line.received
    ]
    if not over:
        return
    said = " ".join(
        f"{chosen[line]} of {line.product} came, {line.quantity - line.received} of "
        f"{line.quantity} were still to come."
        for line in over
    )
    values = [
        {
            "line": line.pk,
            "product": line.product_id,
            "name": line.product.name,
            "ordered": line.quantity,
            "received": line.received,
            "delivered": chosen[line],
        }
        for line in over
    ]
    raise DeliveredTooMuch(
        said, remedy="Check the delivery note. Nothing was counted.", lines=values
    )


def _receive(
    order: PurchaseOrder,
    arrived: Mapping[PurchaseLine, int],
    note: str,
    actor_id: int,
    now: datetime,
) -> tuple[Delivery, list[Arrived]]:
    """Write the delivery and its entries.

    The ledger's triggers move the stock and what was received of each line.
    """
    on_hand = locks.lock_levels(line.product_id for line in arrived)
    delivery = Delivery(order=order, note=note, actor_id=actor_id, received_at=now)
    delivery.save(force_insert=True)
    received = []
    for line, quantity in arrived.items():
        product = line.product
        on_hand[product.pk] += quantity
        received.append(
            Arrived(line.pk, product.pk, product.name, quantity, on_hand[product.pk])
        )
    with core_errors.refusals():
        StockEntry.objects.bulk_create(
            StockEntry(
                branch_id=order.branch_id,
                product_id=one.product_id,
                kind=StockEntry.Kind.DELIVERY,
                quantity=one.quantity,
                delivery=delivery,
                line_id=one.line_id,
                actor_id=actor_id,
                at=now,
            )
            for one in received
        )
    return delivery, received


def _again(order: PurchaseOrder, delivery: Delivery) -> Received:
    lines = [
        Arrived(
            entry.line_id or 0,
            entry.product_id,
            entry.product.name,
            entry.quantity,
            entry.balance,
        )
        for entry in purchasing.entries_of(delivery.pk)
    ]
    return Received(order, delivery, lines, repeated=True)


def _note(
    order: PurchaseOrder,
    delivery: Delivery,
    received: list[Arrived],
    actor_id: int,
    now: datetime,
) -> None:
    record(
        CatalogEvent.DELIVERY_RECEIVED,
        order,
        at=now,
        actor_id=actor_id,
        reference=order.reference,
        note=delivery.note,
        units=sum(line.quantity for line in received),
    )

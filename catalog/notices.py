"""What members are told about what they bought and rented."""

from datetime import datetime

from django.urls import reverse

from catalog.event_kinds import CatalogEvent
from catalog.models import Order, Rental
from gymsite.core import money, references
from gymsite.core.models import Event
from gymsite.core.periods import day_name
from gymsite.notifications import notice_kinds
from gymsite.notifications.operations import notify

SHOP = notice_kinds.Topic("shop", "Orders and rentals", "you buy and rent things there")


def register() -> None:
    notice_kinds.declare(
        SHOP,
        {
            CatalogEvent.ORDERED: (notify_ordered, None),
            CatalogEvent.ORDER_READY: (notify_ready, _waits_for_collection),
            CatalogEvent.ORDER_REFUNDED: (notify_refunded, None),
            CatalogEvent.RENTED: (notify_rented, _rental_is_on),
            CatalogEvent.RETURNED: (notify_returned, None),
            CatalogEvent.RENTAL_CANCELLED: (notify_rental_cancelled, None),
            CatalogEvent.RENTAL_REFUNDED: (notify_rental_refunded, None),
        },
    )


def _waits_for_collection(order_id: int, user_id: int, now: datetime) -> bool:
    return Order.objects.filter(pk=order_id, status=Order.Status.READY).exists()


def _rental_is_on(rental_id: int, user_id: int, now: datetime) -> bool:
    return Rental.objects.filter(
        pk=rental_id, status__in=(Rental.Status.BOOKED, Rental.Status.OUT)
    ).exists()


def notify_ordered(event: Event) -> None:
    order = _order(event)
    paid = money.shown(order.total_minor, order.currency)
    body = (
        f"You paid {paid}. We pack it and tell you when it can be collected at "
        f"{order.branch.name}."
    )
    _notify(
        event,
        f"Order {references.shown(order.reference)} is placed",
        body,
        reverse("order", args=[order.reference]),
    )


def notify_ready(event: Event) -> None:
    order = _order(event)
    title = f"Order {references.shown(order.reference)} is ready"
    _notify(
        event,
        title,
        f"Collect it at {order.branch.name}.",
        reverse("order", args=[order.reference]),
    )


def notify_refunded(event: Event) -> None:
    order = _order(event)
    back = money.shown(event.data["amount_minor"], order.currency)
    title = f"{back} comes back to you"
    body = (
        f"For order {references.shown(order.reference)}, the way you paid it. "
        f"{event.data['reason']}"
    ).strip()
    _notify(event, title, body, reverse("order", args=[order.reference]))


def notify_rented(event: Event) -> None:
    rental = _rental(event)
    days = f"{day_name(rental.starts_on)} to {day_name(rental.ends_on)}"
    body = (
        f"{days}, unit {rental.unit.code} at {rental.branch.name}. Return it by the "
        "end of the last day."
    )
    _notify(
        event,
        f"{rental.unit.kind.name} is yours",
        body,
        reverse("rental", args=[rental.reference]),
    )


def notify_rental_cancelled(event: Event) -> None:
    """Who cancelled it themselves knows."""
    if event.actor_id == event.member_id:
        return
    rental = _rental(event)
    days = f"{day_name(rental.starts_on)} to {day_name(rental.ends_on)}"
    body = f"It was booked from {days}. What you paid comes back, the way you paid it."
    _notify(
        event,
        f"{rental.unit.kind.name} is cancelled",
        body,
        reverse("rental", args=[rental.reference]),
    )


def notify_rental_refunded(event: Event) -> None:
    rental = _rental(event)
    back = money.shown(event.data["amount_minor"], rental.currency)
    name, reason = rental.unit.kind.name, event.data["reason"]
    body = f"For {name}, the way you paid it. {reason}".strip()
    address = reverse("rental", args=[rental.reference])
    _notify(event, f"{back} comes back to you", body, address)


def notify_returned(event: Event) -> None:
    rental = _rental(event)
    late = (
        f" It was late: {money.shown(rental.late_minor, rental.currency)}."
        if rental.late_minor
        else ""
    )
    body = f"Thank you for bringing it back.{late}"
    _notify(
        event,
        f"{rental.unit.kind.name} is returned",
        body,
        reverse("rental", args=[rental.reference]),
    )


def _order(event: Event) -> Order:
    return Order.objects.select_related("branch").get(pk=event.subject_id)


def _rental(event: Event) -> Rental:
    return Rental.objects.select_related("branch", "unit__kind").get(
        pk=event.subject_id
    )


def _notify(event: Event, title: str, body: str, url: str) -> None:
    assert event.member_id is not None  # all of these events are about a member
    notify(
        event.member_id,
        kind=event.kind,
        title=title,
        body=body,
        url=url,
        at=event.at,
        branch_id=event.branch_id,
        subject_id=event.subject_id,
    )

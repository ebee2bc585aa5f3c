"""What a provider tells by itself: heard once, in any order, however often it tells it.

An event says what became of a charge, as a look-up does, and goes the same way
(``conclude``), which looks under the payment's lock: so it does not matter who is
first, the event, the sweep or the member's own request.
"""

import logging
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from gymsite.core import errors, money
from gymsite.core.errors import DomainError
from gymsite.core.operations.events import record
from gymsite.payments.errors import DifferenceSettled, PaymentUnderWay
from gymsite.payments.event_kinds import PaymentEvent
from gymsite.payments.gateways import GATEWAYS, ProviderEvent
from gymsite.payments.models import Payment, WebhookDelivery
from gymsite.payments.operations.paying import conclude, resolve
from gymsite.payments.operations.refunds import hear_refund

log = logging.getLogger(__name__)
Outcome = WebhookDelivery.Outcome


def receive_webhook(
    *, gateway: str, body: bytes, headers: Mapping[str, str], now: datetime
) -> WebhookDelivery:
    """Act on what a provider sent, and say what came of it; a repeat changes nothing.

    Never called inside a transaction: money may have to go back. Raises NotFound (no
    such gateway, or it sends none), BadSignature, Invalid; anything else that is raised
    leaves the event to be sent once more.
    """
    if gateway not in GATEWAYS:
        raise errors.NotFound("There is no such gateway.")
    event = GATEWAYS[gateway].read_event(body=body, headers=headers, now=now)
    delivery = _noted(gateway, event, now)
    if delivery.outcome == Outcome.RECEIVED:
        delivery.outcome, delivery.note = _heard(gateway, event, now)
        _finish(delivery, event)
    return delivery


def _noted(gateway: str, event: ProviderEvent, now: datetime) -> WebhookDelivery:
    """The row of the event; of two at once one makes it."""
    payment = Payment.objects.filter(gateway=gateway, key=event.key).first()
    made = WebhookDelivery(
        gateway=gateway,
        event_id=event.id,
        kind=event.kind,
        payment=payment,
        received_at=now,
    )
    WebhookDelivery.objects.bulk_create([made], ignore_conflicts=True)
    rows = WebhookDelivery.objects.select_related("payment")
    return rows.get(gateway=gateway, event_id=event.id)


def _heard(gateway: str, event: ProviderEvent, now: datetime) -> tuple[Outcome, str]:
    payment = Payment.objects.filter(gateway=gateway, key=event.key).first()
    if event.charge is None and not event.is_refund:
        return Outcome.IGNORED, f"Nothing is done about {event.kind}."
    if payment is None:
        return Outcome.IGNORED, "There is no such payment."
    if event.charge is None:
        odd = _refund_heard(payment, event, now)
        return Outcome.DIFFERS if odd else Outcome.DONE, odd[:200]
    if odd := _difference(payment, event):
        return Outcome.DIFFERS, odd
    try:
        conclude(payment, event.charge, now=now)
    except DomainError as refusal:
        return Outcome.DONE, f"The money goes back: {refusal.code}."
    return Outcome.DONE, ""


def _refund_heard(payment: Payment, event: ProviderEvent, now: datetime) -> str:
    """What differs of what it gave back, or "".

    It may tell of it before we know that it took the money, so it is asked that first;
    raises PaymentUnderWay where it does not say so yet, to be told once more.
    """
    if payment.look_up_at is not None:
        resolve(payment.pk, now=now)
        payment.refresh_from_db()
    if payment.is_open:
        raise PaymentUnderWay(remedy="Tell it again in a moment.")
    if event.currency != payment.currency:
        asked = money.shown(payment.amount_minor, payment.currency)
        given = event.currency or "no currency"
        return f"Asked for were {asked}, given back was something of {given}."
    total = event.amount_minor
    return hear_refund(payment_id=payment.pk, total_minor=total, now=now)


def _difference(payment: Payment, event: ProviderEvent) -> str:
    """What the provider has taken otherwise than was asked; "" when all agrees."""
    if event.charge is None or not event.charge.is_paid:
        return ""
    if (event.amount_minor, event.currency) != (payment.amount_minor, payment.currency):
        asked = money.shown(payment.amount_minor, payment.currency)
        return (
            f"Asked for were {asked}, taken were {event.amount_minor} "
            f"{event.currency or 'of no currency'} in its smallest unit."
        )
    name = event.charge.reference
    if payment.gateway_reference not in ("", name):
        return f"Charged twice, as {payment.gateway_reference} and as {name}."[:200]
    named = Payment.objects.filter(gateway=payment.gateway, gateway_reference=name)
    if other := named.exclude(pk=payment.pk).first():
        return f"The charge {name} is payment {other.pk}'s."[:200]
    return ""


def _finish(delivery: WebhookDelivery, event: ProviderEvent) -> None:
    """Unless one that came at the same time was quicker."""
    changed = WebhookDelivery.objects.filter(pk=delivery.pk, outcome=Outcome.RECEIVED)
    changed.update(outcome=delivery.outcome, note=delivery.note)
    if delivery.note:
        log.warning("%s of %s: %s", event.kind, delivery.gateway, delivery.note)


@transaction.atomic
def settle_difference(
    *, delivery_id: int, actor_id: int, reason: str, now: datetime
) -> WebhookDelivery:
    """Note that staff have dealt with what differs; a second time changes nothing.

    Raises NotFound, and DifferenceSettled for what never differed.
    """
    rows = WebhookDelivery.objects.select_for_update(of=("self",), no_key=True)
    delivery = rows.select_related("payment").filter(pk=delivery_id).first()
    if delivery is None or delivery.payment is None:
        raise errors.NotFound("There is no such difference.")
    if delivery.outcome == Outcome.SETTLED:
        return delivery
    if delivery.outcome != Outcome.DIFFERS:
        raise DifferenceSettled("This event agrees with its payment.")
    delivery.outcome = Outcome.SETTLED
    delivery.save(update_fields=["outcome"])
    record(
        PaymentEvent.DIFFERENCE_SETTLED,
        delivery.payment,
        at=now,
        actor_id=actor_id,
        difference=delivery.note,
        reason=reason[:200],
    )
    return delivery

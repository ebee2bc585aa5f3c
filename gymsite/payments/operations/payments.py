"""Money as the site knows it: a payment, its states, its entries in the ledger."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from gymsite.core import errors
from gymsite.core.operations.events import record
from gymsite.payments.errors import WrongPaymentState
from gymsite.payments.event_kinds import PaymentEvent
from gymsite.payments.gateways import GATEWAYS, Gateway
from gymsite.payments.models import LedgerEntry, Payment

DESK = "desk"
# A provider answers within seconds; who has no answer by then may ask once more.
LONGEST_PAYMENT = timedelta(minutes=2)


def gateway_named(name: str, field: str = "gateway") -> Gateway:
    """Raises Invalid, of ``field``, when this site has no such way to pay."""
    if name not in GATEWAYS:
        raise errors.misfit(field, f"There is no way to pay called {name[:20]} here.")
    return GATEWAYS[name]


def begin(
    *,
    purpose: str,
    thing: str,
    branch_id: int,
    member_id: int,
    amount_minor: int,
    currency: str,
    gateway: str,
    wish: dict[str, Any] | None = None,
    now: datetime,
) -> Payment:
    """Note that an amount is asked for, under a new key.

    At the desk it waits there, else ``pay`` asks the gateway. Raises PaymentUnderWay (a
    thing has one open payment).
    """
    with errors.refusals():
        return Payment.objects.create(
            branch_id=branch_id,
            member_id=member_id,
            purpose=purpose,
            thing=thing,
            wish=wish or {},
            key=secrets.token_urlsafe(24),
            status=Payment.Status.PENDING,
            amount_minor=amount_minor,
            currency=currency,
            gateway=gateway,
            created_at=now,
            look_up_at=None if gateway == DESK else now + LONGEST_PAYMENT,
        )


def hold_payment(payment_id: int) -> Payment:
    """Lock it, after what it pays for."""
    return Payment.objects.select_for_update(of=("self",), no_key=True).get(
        pk=payment_id
    )


def fail_payment(payment: Payment, *, declined: bool = False, now: datetime) -> None:
    """Give up a payment that the caller holds; one that is over stays as it is.

    Unless the gateway itself ``declined``, a request may be on its way: the sweep asks
    about it for a day, and gives back what was taken.
    """
    if not payment.is_open:
        return
    payment.status = Payment.Status.FAILED
    asked = not declined and payment.gateway != DESK
    payment.look_up_at = now + LONGEST_PAYMENT if asked else None
    payment.save(update_fields=["status", "look_up_at"])


def enter_paid(payment: Payment, reference: str, *, now: datetime) -> LedgerEntry:
    """An open payment that the caller holds was paid: it enters the ledger."""
    payment.status, payment.paid_at, payment.look_up_at = Payment.Status.PAID, now, None
    payment.gateway_reference = reference
    payment.save(update_fields=["status", "paid_at", "look_up_at", "gateway_reference"])
    return LedgerEntry.objects.create(
        branch_id=payment.branch_id,
        payment=payment,
        kind=LedgerEntry.Kind.CHARGE,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        at=now,
    )


def reverse_charge(
    payment: Payment,
    *,
    amount_minor: int,
    kind: PaymentEvent = PaymentEvent.MONEY_RETURNED,
    now: datetime,
    **why: Any,
) -> LedgerEntry:
    """Give back part or all of a paid payment by a reversing entry.

    With the last part the payment is refunded. The caller holds what was bought with
    it and the payment, so that no two reversals are reckoned at once. The job that
    follows the event "money_returned" asks the gateway; ``why`` stands in the event.
    Raises WrongPaymentState.
    """
    left = payment.left_minor
    if payment.status != Payment.Status.PAID or not 0 < amount_minor <= left:
        raise WrongPaymentState("This payment does not hold that much to give back.")
    with errors.refusals():
        entry = LedgerEntry.objects.create(
            branch_id=payment.branch_id,
            payment=payment,
            kind=LedgerEntry.Kind.REFUND,
            amount_minor=-amount_minor,
            currency=payment.currency,
            at=now,
            reverses=payment.entries.get(kind=LedgerEntry.Kind.CHARGE),
        )
    payment.refunded_minor += amount_minor  # as the trigger adds_to_refunded has it
    if amount_minor == left:
        payment.status = Payment.Status.REFUNDED
        payment.save(update_fields=["status"])
    why |= {"entry": entry.pk, "amount_minor": amount_minor}
    record(kind, payment, at=now, **why)
    return entry


@transaction.atomic
def take_payment(*, payment_id: int, actor_id: int, now: datetime) -> Payment:
    """Note that a pending payment was taken at the desk, and enter it.

    A second time changes nothing. Raises WrongPaymentState for one that a card is
    paying at this moment.
    """
    payment = (
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=payment_id)
        .first()
    )
    if payment is None:
        raise errors.NotFound("There is no such payment.")
    if payment.status != Payment.Status.PENDING:
        return payment
    if payment.gateway != DESK:
        raise WrongPaymentState(
            "This payment is being made by card.", remedy="Wait for what comes of it."
        )
    enter_paid(payment, "", now=now)
    record(
        PaymentEvent.PAID,
        payment,
        at=now,
        actor_id=actor_id,
    )
    return payment

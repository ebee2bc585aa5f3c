"""Money as the site knows it: a payment, what became of it, and its entries in the ledger."""

from datetime import datetime

from django.db import transaction

from gymsite.core import errors
from gymsite.core.operations.events import record

from .errors import WrongPaymentState
from .gateways import GATEWAYS, Charge, Gateway, Outcome
from .models import LedgerEntry, Payment

DESK = "desk"


def gateway_named(name: str) -> Gateway:
    """Raises Invalid when this site has no such way to pay."""
    if name not in GATEWAYS:
        raise errors.Invalid({"gateway": [f"There is no way to pay called {name[:20]} here."]})
    return GATEWAYS[name]


def open_payment(
    *, branch_id: int, member_id: int, amount_minor: int, currency: str, gateway: str, now: datetime
) -> Payment:
    """Note that an amount is asked for; ``settle_payment`` says what came of it."""
    return Payment.objects.create(
        branch_id=branch_id,
        member_id=member_id,
        status=Payment.Status.PENDING,
        amount_minor=amount_minor,
        currency=currency,
        gateway=gateway,
        created_at=now,
    )


def ask(payment: Payment, *, source: str) -> Charge:
    """Have the payment's gateway take its amount; asked twice for one payment, it takes it once.

    A network: never inside a transaction.
    """
    return gateway_named(payment.gateway).charge(
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        member_id=payment.member_id,
        key=f"payment-{payment.pk}",
        source=source,
    )


def give_back(payment: Payment, *, reference: str, amount_minor: int, key: str) -> None:
    """Have the gateway return money; ``key`` makes a repeat the same. A network: never inside a transaction."""
    gateway_named(payment.gateway).give_back(
        reference=reference, amount_minor=amount_minor, currency=payment.currency, key=key
    )


def fail_payment(payment: Payment, *, now: datetime) -> None:
    """A pending payment that the caller holds came to nothing."""
    settle_payment(payment, Charge(Outcome.DECLINED), now=now)


def settle_payment(payment: Payment, charge: Charge, *, now: datetime) -> None:
    """Write what the gateway said of a pending payment that the caller holds; one that is paid enters the ledger."""
    payment.gateway_reference = charge.reference
    if charge.is_paid:
        payment.status, payment.paid_at = Payment.Status.PAID, now
    elif charge.is_declined:
        payment.status = Payment.Status.FAILED
    payment.save(update_fields=["status", "paid_at", "gateway_reference"])
    if payment.status == Payment.Status.PAID:
        enter_charge(payment, now=now)


def enter_charge(payment: Payment, *, now: datetime) -> LedgerEntry:
    return LedgerEntry.objects.create(
        branch_id=payment.branch_id,
        payment=payment,
        kind=LedgerEntry.Kind.CHARGE,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        at=now,
    )


def reverse_charge(payment: Payment, *, amount_minor: int, now: datetime) -> LedgerEntry:
    """Give back part or all of a paid payment by a reversing entry; with the last part the payment is refunded.

    The caller holds what was bought with it, so that no two reversals are reckoned at once. The job that follows
    the event "money_returned" asks the gateway. Raises WrongPaymentState.
    """
    entries = list(payment.entries.order_by("id"))
    left = sum(entry.amount_minor for entry in entries)
    if payment.status != Payment.Status.PAID or not 0 < amount_minor <= left:
        raise WrongPaymentState("This payment does not hold that much to give back.")
    entry = LedgerEntry.objects.create(
        branch_id=payment.branch_id,
        payment=payment,
        kind=LedgerEntry.Kind.REFUND,
        amount_minor=-amount_minor,
        currency=payment.currency,
        at=now,
        reverses=entries[0],
    )
    if amount_minor == left:
        payment.status = Payment.Status.REFUNDED
        payment.save(update_fields=["status"])
    record(
        "money_returned",
        payment,
        at=now,
        member_id=payment.member_id,
        branch_id=payment.branch_id,
        entry=entry.pk,
        amount_minor=amount_minor,
    )
    return entry


@transaction.atomic
def take_payment(*, payment_id: int, actor_id: int, now: datetime) -> Payment:
    """Note that a pending payment was taken at the desk and enter it in the ledger; a second time changes nothing.

    Raises WrongPaymentState for one that a card is paying at this moment.
    """
    payment = Payment.objects.select_for_update(of=("self",), no_key=True).filter(pk=payment_id).first()
    if payment is None:
        raise errors.NotFound("There is no such payment.")
    if payment.status != Payment.Status.PENDING:
        return payment
    if payment.gateway != DESK:
        raise WrongPaymentState("This payment is being made by card.", remedy="Wait for what comes of it.")
    payment.status, payment.paid_at = Payment.Status.PAID, now
    payment.save(update_fields=["status", "paid_at"])
    enter_charge(payment, now=now)
    record("paid", payment, at=now, actor_id=actor_id, member_id=payment.member_id, branch_id=payment.branch_id)
    return payment

"""Giving back what was paid, or a part of it: by staff, or by the provider itself.

A reversing entry is written first, with what it says of the thing that was bought. The
job that follows asks the gateway, under a key of the entry's own, until it has done so.
"""

from datetime import datetime

from django.db import transaction

from gymsite.core import errors, money
from gymsite.core.errors import DomainError
from gymsite.payments.errors import (
    RefundedMeanwhile,
    RefundTooMuch,
    WrongPaymentState,
)
from gymsite.payments.event_kinds import PaymentEvent
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations.payments import reverse_charge
from gymsite.payments.operations.purposes import GivenBack, purpose_of

Status = Payment.Status
ENTERED = (Status.PAID, Status.REFUNDED)
GOES_BACK = (Status.RETURNING, Status.RETURNED)


@transaction.atomic
def refund_payment(
    *,
    payment_id: int,
    amount_minor: int | None = None,
    seen_minor: int | None = None,
    actor_id: int,
    reason: str,
    now: datetime,
) -> Payment:
    """Give back a part of a paid payment, or all that is left of it.

    ``seen_minor`` is what had gone back of it when the amount was decided. Asked twice
    with the same, the second time changes nothing. Raises NotFound, WrongPaymentState,
    RefundedMeanwhile, RefundTooMuch, Invalid, and what the thing's own rules refuse.
    """
    payment = _held(payment_id)
    if _is_done(payment, amount_minor, seen_minor):
        return payment
    amount = payment.left_minor if amount_minor is None else amount_minor
    if refusal := _judge(payment, amount, seen_minor):
        raise refusal
    _give_back(payment, GivenBack(amount, actor_id, reason[:200]), now)
    return payment


def _held(payment_id: int) -> Payment:
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise errors.NotFound("There is no such payment.")
    return purpose_of(payment).hold(payment_id)


def _is_done(payment: Payment, amount: int | None, seen: int | None) -> bool:
    """Whether this was asked for before: the same amount, by who saw the same."""
    if amount is None:
        return payment.status == Status.REFUNDED
    if seen is None or payment.refunded_minor != seen + amount:
        return False
    refunds = payment.entries.filter(kind=LedgerEntry.Kind.REFUND)
    last = refunds.order_by("-id").first()
    return last is not None and last.amount_minor == -amount


def _judge(payment: Payment, amount: int, seen: int | None) -> DomainError | None:
    if payment.status not in ENTERED:
        return WrongPaymentState("This payment is not paid.")
    if seen is not None and seen != payment.refunded_minor:
        back = money.shown(payment.refunded_minor, payment.currency)
        return RefundedMeanwhile(
            f"{back} of this payment has gone back by now.",
            remedy="Look at it again, then decide.",
            refunded_minor=payment.refunded_minor,
        )
    if amount > payment.left_minor:
        left = money.shown(payment.left_minor, payment.currency)
        return RefundTooMuch(
            f"{left} of this payment is left to give back.",
            left_minor=payment.left_minor,
        )
    if amount < 1:
        return errors.misfit("amount_minor", "Give back more than nothing.")
    return purpose_of(payment).refundable(payment, amount)


def _give_back(
    payment: Payment,
    back: GivenBack,
    now: datetime,
    kind: PaymentEvent = PaymentEvent.MONEY_RETURNED,
) -> None:
    reverse_charge(
        payment,
        amount_minor=back.amount_minor,
        kind=kind,
        now=now,
        actor_id=back.actor_id,
        reason=back.reason,
    )
    purpose_of(payment).gave_back(payment, back, now)


@transaction.atomic
def hear_refund(*, payment_id: int, total_minor: int, now: datetime) -> str:
    """Enter what the provider says that it has given back of a charge in all, as far as
    the ledger does not hold it; what differs from it, in words, or "".

    What we asked for is in the ledger before the provider hears of it. So a total that
    comes late or twice says nothing new.
    """
    payment = _held(payment_id)
    said = money.shown(total_minor, payment.currency)
    if total_minor > payment.amount_minor:
        return f"Given back were {said}, more than was taken."
    if payment.status in GOES_BACK and total_minor != payment.amount_minor:
        return f"Given back were {said}, and all of it is to go back."
    if payment.status not in (*ENTERED, *GOES_BACK):
        return f"Given back were {said} of what we do not know to be paid."
    missing = total_minor - payment.refunded_minor
    if payment.status in GOES_BACK or missing <= 0:
        return ""
    odd = purpose_of(payment).refundable(payment, missing)
    back, by_provider = GivenBack(missing), PaymentEvent.MONEY_RETURNED_BY_PROVIDER
    _give_back(payment, back, now, by_provider)
    return f"The provider gave back {said}. {odd.message}" if odd else ""

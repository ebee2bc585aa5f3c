"""The one way to pay: begin, ask, settle. It ends in "placed" or "given back".

``begin`` notes the payment with its key. The gateway is asked outside of any
transaction. ``settle`` is one transaction: payment, ledger and the thing itself, or
none. Should it fail, for whatever reason, giving the money back is committed as the
payment's next state first, and done after. What a crash leaves in between the sweep
finds: it asks the gateway by key about each open payment, and goes the same way.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction
from django.utils import timezone

from gymsite.core.batches import each_row
from gymsite.core.errors import DomainError
from gymsite.core.operations.events import record
from gymsite.payments.errors import (
    PaymentDeclined,
    PaymentFailed,
    PaymentGivenUp,
    PaymentUnderWay,
)
from gymsite.payments.event_kinds import PaymentEvent
from gymsite.payments.gateways import Charge, Outcome
from gymsite.payments.models import Payment
from gymsite.payments.operations.payments import (
    LONGEST_PAYMENT,
    enter_paid,
    fail_payment,
    gateway_named,
)
from gymsite.payments.operations.purposes import purpose_of

log = logging.getLogger(__name__)

ABANDONED = timedelta(minutes=15)  # what no gateway has heard of by then is called off
WATCHED = timedelta(hours=24)  # and asked about so long: it may be on its way
LONGEST_WAIT = timedelta(hours=1)
Status = Payment.Status


def pay(payment: Payment, *, source: str = "", now: datetime) -> Any:
    """Ask for an open payment's money and settle it; what was bought.

    Never called inside a transaction. One that was begun earlier is looked up first.
    Raises PaymentDeclined, PaymentUnderWay (no answer yet: the sweep finishes it), and
    what the thing's own ``settle`` refuses, after which the money is on its way back.
    """
    charge = _answer(payment, source, is_new=payment.created_at >= now)
    thing = conclude(payment, charge, now=max(now, timezone.now()))
    if charge.is_declined and thing is None:
        raise PaymentDeclined(remedy="Try another card.")
    if thing is None:
        raise PaymentUnderWay(remedy="Look again in a moment.")
    return thing


def _answer(payment: Payment, source: str, *, is_new: bool) -> Charge:
    """What the gateway says.

    Raises PaymentUnderWay where it can't be reached: it may have taken the money.
    """
    try:
        charge = Charge(Outcome.UNKNOWN) if is_new else _look_up(payment)
        if not charge.is_unknown:
            return charge
        return gateway_named(payment.gateway).charge(
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            member_id=payment.member_id,
            key=payment.key,
            source=source,
        )
    except Exception as silence:
        log.exception("Payment %s got no answer", payment.pk)
        raise PaymentUnderWay(
            "There is no answer about your payment yet. You get what you paid for, or "
            "your money back.",
            remedy="Look again in a few minutes.",
        ) from silence


def _look_up(payment: Payment) -> Charge:
    return gateway_named(payment.gateway).look_up(key=payment.key)


def conclude(payment: Payment, charge: Charge, *, now: datetime) -> Any:
    """Go where the answer leads; what was bought, None when nothing was (yet).

    Raises what settling does.
    """
    if charge.is_declined:
        return _give_up(payment, Status.FAILED, now=now)
    if not charge.is_paid:
        return None
    try:
        return _settle_or_again(payment, charge, now)
    except Exception as reason:
        thing = _give_up(payment, Status.RETURNING, reference=charge.reference, now=now)
        # it was settled: by somebody else, or by a COMMIT whose answer was lost
        if thing is not None:
            return thing
        _try_refund(payment.pk, now)
        if isinstance(reason, DomainError):
            raise
        log.exception("Payment %s could not be settled and is given back", payment.pk)
        raise PaymentFailed(remedy="Try once more.") from reason


def _settle_or_again(payment: Payment, charge: Charge, now: datetime) -> Any:
    """Twice where the database failed: deadlock, time-out, lost connection.

    ``atomic`` has closed a lost connection by then.
    """
    try:
        return _settle(payment, charge, now)
    except OperationalError:
        return _settle(payment, charge, now)


@transaction.atomic
def _settle(payment: Payment, charge: Charge, now: datetime) -> Any:
    """Payment, ledger and the thing itself; the thing, if that was done before."""
    purpose = purpose_of(payment)
    held = purpose.hold(payment.pk)
    if held.status in (Status.PAID, Status.REFUNDED):
        return purpose.found(held)
    if held.status != Status.PENDING:
        raise PaymentGivenUp(remedy="Try once more.")
    enter_paid(held, charge.reference, now=now)
    return purpose.settle(held, now)


@transaction.atomic
def _give_up(
    payment: Payment, status: Payment.Status, *, reference: str = "", now: datetime
) -> Any:
    """Commit that a payment buys nothing or goes back; the thing, if it has one."""
    purpose = purpose_of(payment)
    held = purpose.hold(payment.pk)
    if held.status in (Status.PAID, Status.REFUNDED):
        return purpose.found(held)
    was_open = held.status == Status.PENDING
    if status == Status.RETURNING:
        _mark_returning(held, reference, now)
    elif was_open:
        fail_payment(held, declined=True, now=now)
    if was_open:
        purpose.let_go(held, now)
    return None


def _mark_returning(held: Payment, reference: str, now: datetime) -> None:
    if held.status not in (Status.PENDING, Status.FAILED):
        return  # it is on its way already
    held.status = Status.RETURNING
    held.gateway_reference = reference
    held.look_up_at = now
    held.save(update_fields=["status", "gateway_reference", "look_up_at"])


def _try_refund(payment_id: int, now: datetime) -> None:
    """At once where it can be; the sweep does it otherwise."""
    try:
        refund_all(payment_id, now=now)
    except Exception:
        log.exception("Payment %s will be given back by the sweep", payment_id)


def refund_all(payment_id: int, *, now: datetime) -> None:
    """Have the gateway return a payment that bought nothing, then write that.

    A repeat is the same.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.status != Status.RETURNING:
        return
    gateway_named(payment.gateway).refund(
        reference=payment.gateway_reference,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        key=f"{payment.key}-back",
    )
    with transaction.atomic():
        if Payment.objects.filter(pk=payment_id, status=Status.RETURNING).update(
            status=Status.RETURNED, look_up_at=None
        ):
            record(
                PaymentEvent.PAYMENT_RETURNED,
                payment,
                at=now,
                amount_minor=payment.amount_minor,
            )


def sweep(*, now: datetime) -> int:
    """Finish each open payment whose time has come; how many were looked at.

    Each in its own transactions; one that fails is put off, shown to staff, and keeps
    no other.
    """
    # payments_payment_look_up
    due = Payment.objects.filter(look_up_at__lte=now).order_by("look_up_at")
    ids = list(due.values_list("pk", flat=True))
    batch = each_row(
        "payments.sweep",
        ids,
        lambda pk: resolve(pk, now=now),
        now=now,
        in_transaction=False,
    )
    return len(batch.values) + batch.failed


def resolve(payment_id: int, *, now: datetime) -> None:
    """Ask the gateway what became of one open payment and go on from there.

    Never called inside a transaction.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.status == Status.RETURNING:
        refund_all(payment_id, now=now)
    elif payment.look_up_at is not None:
        _resolve(payment, _look_up(payment), now)


def _resolve(payment: Payment, charge: Charge, now: datetime) -> None:
    if charge.is_paid:
        _settled_or_returned(payment, charge, now)
    elif charge.is_declined and payment.status == Status.PENDING:
        conclude(payment, charge, now=now)
    elif charge.is_declined:
        _look_again(payment, None)
    elif (
        payment.status == Status.PENDING
        and charge.is_unknown
        and payment.created_at <= now - ABANDONED
    ):
        _abandon(payment, now)
    elif (
        payment.status == Status.FAILED
        and charge.is_unknown
        and payment.created_at <= now - WATCHED
    ):
        _look_again(payment, None)
    else:
        _look_again(
            payment,
            now + min(max(now - payment.created_at, LONGEST_PAYMENT), LONGEST_WAIT),
        )


def _settled_or_returned(payment: Payment, charge: Charge, now: datetime) -> None:
    """Either is an end; why it was not settled stands in the log."""
    try:
        conclude(payment, charge, now=now)
    except Exception:
        if Payment.objects.filter(
            pk=payment.pk, status__in=[Status.PENDING, Status.FAILED]
        ).exists():
            raise


@transaction.atomic
def _abandon(payment: Payment, now: datetime) -> None:
    purpose = purpose_of(payment)
    held = purpose.hold(payment.pk)
    if (
        held.status == Status.PENDING
        and held.look_up_at is not None
        and held.look_up_at <= now
    ):
        fail_payment(held, now=now)
        purpose.let_go(held, now)


def _look_again(payment: Payment, at: datetime | None) -> None:
    """Unless somebody has gone on with it meanwhile."""
    Payment.objects.filter(
        pk=payment.pk, status=payment.status, look_up_at=payment.look_up_at
    ).update(look_up_at=at)

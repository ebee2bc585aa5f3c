"""How an appointment is paid: at the desk, by card, or from a pack.

An appointment that is not paid is to be paid at the desk, whatever was tried: a card
that declined, or that nobody came back for, leaves it so.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from bookings import locks
from bookings.errors import AppointmentNotFound, WrongAppointmentState
from bookings.event_kinds import BookingEvent
from bookings.models import Appointment
from bookings.models.appointment_payments import LOST
from bookings.models.appointments import COST_NOTHING, OVER, AppointmentStatus
from bookings.rules.appointments import paying_pack
from gymsite.core import errors as core_errors
from gymsite.core import row_locks
from gymsite.core.errors import DomainError
from gymsite.core.models import User
from gymsite.core.operations.events import record
from gymsite.core.periods import local_day, when
from gymsite.payments.errors import PaymentUnderWay, WrongPaymentState
from gymsite.payments.event_kinds import PaymentEvent
from gymsite.payments.models import Payment
from gymsite.payments.operations import (
    DESK,
    LONGEST_PAYMENT,
    GivenBack,
    begin,
    fail_payment,
    gateway_named,
    hold_payment,
    pay,
    refund_payment,
    reverse_charge,
)
from gymsite.payments.queries.bought import Bought, by_thing
from memberships.errors import AllowanceUsedUp, PackRequired, PackUsedUp
from memberships.models import Membership
from memberships.operations.allowances import settle
from memberships.queries import AppointmentPack, appointment_packs

PURPOSE = "appointment"
PACK = "pack"


def ask(appointment: Appointment, pay_by: str, now: datetime) -> None:
    """Say how an appointment that is to be saved is paid: by a gateway's name, or PACK.

    Raises PackRequired, PaymentDue, PackUsedUp, and Invalid for another way.
    """
    if pay_by != PACK:
        gateway_named(pay_by, "pay_by")
    if not appointment.price_minor:
        return
    if pay_by == PACK:
        appointment.allowance_id = _pack_of(appointment).allowance_id
    else:
        appointment.payment = _begin(appointment, pay_by, now)


def _begin(appointment: Appointment, gateway: str, now: datetime) -> Payment:
    return begin(
        purpose=PURPOSE,
        thing=appointment.reference,
        branch_id=appointment.branch_id,
        member_id=appointment.client_id,
        amount_minor=appointment.price_minor,
        currency=appointment.currency,
        gateway=gateway,
        now=now,
    )


def _pack_of(appointment: Appointment) -> AppointmentPack:
    """The pack that pays, held with its account: who ends it waits."""
    day = local_day(appointment.starts_at, ZoneInfo(appointment.time_zone))
    packs = appointment_packs(appointment.client_id, appointment.branch_id, day)
    pack = paying_pack(packs)
    if isinstance(pack, core_errors.DomainError):
        raise pack
    row_locks.key_shared(User.objects.filter(pk=appointment.client_id))
    stands = Membership.objects.filter(
        pk=pack.membership_id, status="active", ends_on__gte=day
    )
    if row_locks.shared(stands) is None:
        raise PackRequired(remedy="Buy one, or pay in another way.")
    return pack


def charge(appointment: Appointment) -> None:
    """Count a new appointment in its pack, last of all that is locked. Raises
    PackUsedUp where a rival took what was left."""
    try:
        settle(charged=[appointment.allowance_id])
    except AllowanceUsedUp as refusal:
        raise PackUsedUp(remedy="Buy another one, or pay in another way.") from refusal


def give_back(appointment: Appointment, now: datetime) -> None:
    """To the pack or by the way it came; what is not paid is asked for no more.

    A card that is being asked may say yes yet, and is given it back then.
    """
    if appointment.payment_id:
        payment = hold_payment(appointment.payment_id)
        if payment.status == Payment.Status.PENDING:
            fail_payment(payment, now=now)
        elif payment.status == Payment.Status.PAID:
            reverse_charge(payment, amount_minor=payment.left_minor, now=now)
    settle(returned=[appointment.allowance_id])


def pay_appointment(
    *,
    appointment_id: int,
    client_id: int,
    gateway: str = "card",
    source: str = "",
    now: datetime,
) -> Appointment:
    """Pay one's own appointment by card, now or later; paid before, nothing happens.

    Never called inside a transaction. Raises AppointmentNotFound, WrongAppointmentState
    (it has nothing to be paid), PaymentUnderWay, PaymentDeclined: it is as good as
    before then, and still to be paid.
    """
    begun = _begun(appointment_id, client_id, gateway, now)
    if isinstance(begun, Appointment):
        return begun
    return pay(begun, source=source, now=now)


@transaction.atomic
def _begun(
    appointment_id: int, client_id: int, gateway: str, now: datetime
) -> Payment | Appointment:
    """The card's open payment in place of the desk's, or the appointment if paid."""
    gateway_named(gateway)
    if gateway == DESK:
        raise core_errors.Invalid({"gateway": ["The desk takes it there."]})
    appointment = locks.lock_appointment(appointment_id, client_id=client_id)
    if appointment.payment_id is None or _is_cancelled(appointment):
        raise WrongAppointmentState("Nothing is to be paid for this appointment.")
    payment = hold_payment(appointment.payment_id)
    if payment.status in (Payment.Status.PAID, Payment.Status.REFUNDED):
        return appointment
    if payment.is_open and payment.gateway != DESK:
        return _taken_up(payment, now)
    fail_payment(payment, now=now)
    return _ask_anew(appointment, gateway, now)


def _is_cancelled(appointment: Appointment) -> bool:
    """In time, or declined: it costs nothing."""
    return appointment.status in COST_NOTHING


def _taken_up(payment: Payment, now: datetime) -> Payment:
    """What was begun with the booking just now, or what nobody came back for."""
    if payment.created_at >= now:
        return payment
    if payment.look_up_at is None or payment.look_up_at > now:
        raise PaymentUnderWay(
            "This appointment is being paid at this moment.",
            remedy="Look at it again in a moment.",
        )
    payment.look_up_at = now + LONGEST_PAYMENT
    payment.save(update_fields=["look_up_at"])
    return payment


def _ask_anew(appointment: Appointment, gateway: str, now: datetime) -> Payment:
    appointment.payment = payment = _begin(appointment, gateway, now)
    appointment.save(update_fields=["payment"])
    return payment


class AppointmentPurpose:
    """How a card pays an appointment (payments.operations.Purpose)."""

    def hold(self, payment_id: int) -> Payment:
        return locks.lock_appointment_payment(payment_id)

    def settle(self, payment: Payment, now: datetime) -> Appointment:
        """Raises WrongAppointmentState where it was cancelled meanwhile, or is paid in
        another way."""
        appointment = Appointment.objects.filter(payment=payment).first()
        if appointment is None or _is_cancelled(appointment):
            raise WrongAppointmentState(
                "This appointment was cancelled, or paid, meanwhile."
            )
        record(PaymentEvent.PAID, payment, at=now, actor_id=appointment.client_id)
        return appointment

    def let_go(self, payment: Payment, now: datetime) -> None:
        """It stands, and is to be paid at the desk."""
        appointment = Appointment.objects.filter(payment=payment).first()
        if appointment is not None and not _is_cancelled(appointment):
            _ask_anew(appointment, DESK, now)

    def found(self, payment: Payment) -> Appointment:
        return Appointment.objects.get(payment=payment)

    def bought(self, payments: Sequence[Payment]) -> dict[int, Bought]:
        named = Appointment.objects.filter(
            reference__in=[one.thing for one in payments]
        )
        rows = named.select_related("service", "trainer")
        return by_thing(payments, {one.reference: _bought(one) for one in rows})

    def refundable(self, payment: Payment, amount_minor: int) -> DomainError | None:
        """A part at any time; all of it where it is over or was cancelled late."""
        over = self.found(payment).status in (*OVER, AppointmentStatus.LATE_CANCELLED)
        if over or amount_minor < payment.left_minor:
            return None
        return WrongAppointmentState(
            "This appointment is not over.", remedy="Cancel it to give all of it back."
        )

    def gave_back(self, payment: Payment, back: GivenBack, now: datetime) -> None:
        appointment = self.found(payment)
        record(
            BookingEvent.APPOINTMENT_REFUNDED,
            appointment,
            at=now,
            actor_id=back.actor_id,
            reference=appointment.reference,
            amount_minor=back.amount_minor,
            reason=back.reason,
        )


def _bought(appointment: Appointment) -> Bought:
    at = when(appointment.starts_at, ZoneInfo(appointment.time_zone))
    words = f"{appointment.service} with {appointment.trainer}, {at}"
    return Bought(words, appointment.reference)


def refund_appointment(
    *,
    appointment_id: int,
    amount_minor: int | None = None,
    seen_minor: int | None = None,
    actor_id: int,
    reason: str,
    now: datetime,
) -> Payment:
    """Staff give back a part of what was paid for one, or all that is left of it where
    it is over or was cancelled late (payments.operations.refund_payment).

    Raises AppointmentNotFound, WrongAppointmentState, and what that raises.
    """
    appointment = Appointment.objects.filter(pk=appointment_id).first()
    if appointment is None:
        raise AppointmentNotFound("There is no such appointment.")
    if appointment.payment_id is None:
        raise WrongPaymentState(
            "No money was paid for this appointment.",
            remedy="Give its credit back instead." if appointment.allowance_id else "",
        )
    return refund_payment(
        payment_id=appointment.payment_id,
        amount_minor=amount_minor,
        seen_minor=seen_minor,
        actor_id=actor_id,
        reason=reason,
        now=now,
    )


@transaction.atomic
def give_credit_back(
    *, appointment_id: int, actor_id: int, reason: str, now: datetime
) -> Appointment:
    """Staff give a pack back what a late cancellation or a no-show used up, once. A
    second time changes nothing. Raises AppointmentNotFound, WrongAppointmentState."""
    appointment = locks.lock_appointment(appointment_id)
    if appointment.credit_returned_at:
        return appointment
    if refusal := _credit_kept(appointment):
        raise refusal
    appointment.credit_returned_at = now
    with core_errors.refusals():
        appointment.save(update_fields=["credit_returned_at"])
    record(
        BookingEvent.APPOINTMENT_CREDITED,
        appointment,
        at=now,
        actor_id=actor_id,
        reference=appointment.reference,
        reason=reason[:200],
    )
    settle(returned=[appointment.allowance_id])
    return appointment


def _credit_kept(appointment: Appointment) -> DomainError | None:
    if appointment.allowance_id is None:
        return WrongAppointmentState(
            "No pack paid for this appointment.", remedy="Refund its payment instead."
        )
    if appointment.status in LOST:
        return None
    return WrongAppointmentState(
        "Only what was cancelled late or missed gives its credit back.",
        remedy="Cancel it instead, while it stands.",
    )

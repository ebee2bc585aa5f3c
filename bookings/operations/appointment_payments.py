"""How an appointment is paid: at the desk or from a pack. What is free has neither."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bookings.models import Appointment
from bookings.rules.appointments import paying_pack
from gymsite.core import errors as core_errors
from gymsite.core import row_locks
from gymsite.core.models import User
from gymsite.core.periods import local_day
from gymsite.payments.models import Payment
from gymsite.payments.operations import (
    begin,
    fail_payment,
    gateway_named,
    hold_payment,
    reverse_charge,
)
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
        gateway_named(pay_by)
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
            fail_payment(payment, watched=True, now=now)
        elif payment.status == Payment.Status.PAID:
            left = sum(payment.entries.values_list("amount_minor", flat=True))
            reverse_charge(payment, amount_minor=left, now=now)
    settle(returned=[appointment.allowance_id])

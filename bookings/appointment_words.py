"""What an appointment costs and until when it costs nothing, in words: the same
wherever members read it."""

from datetime import datetime, timedelta

from bookings.models import Appointment, Service
from bookings.models.appointments import COST_NOTHING
from bookings.models.appointments import AppointmentStatus as Status
from bookings.rules.appointments import AppointmentFacts
from gymsite.core import money
from gymsite.core.periods import when
from gymsite.payments.models import Payment
from gymsite.payments.operations import DESK

UNTIL_THE_START = "Free to cancel or move until it starts."
HEADINGS = {
    Status.REQUESTED: "Asked for",
    Status.BOOKED: "You are booked",
    Status.CONFIRMED: "You are booked",
    Status.CHECKED_IN: "You are here",
    Status.COMPLETED: "Done",
    Status.NO_SHOW: "Missed",
}
TAGS = {
    Status.REQUESTED: "wait",
    Status.BOOKED: "good",
    Status.CONFIRMED: "good",
    Status.CHECKED_IN: "good",
    Status.COMPLETED: "good",
    Status.NO_SHOW: "stop",
    Status.LATE_CANCELLED: "wait",
}
GOES_BACK = (
    Payment.Status.RETURNING,
    Payment.Status.RETURNED,
    Payment.Status.REFUNDED,
)


def price(thing: Appointment | Service) -> str:
    if not thing.price_minor:
        return "Free"
    return money.shown(thing.price_minor, thing.currency)


def heading(appointment: Appointment) -> str:
    status = Status(appointment.status)
    return HEADINGS.get(status, appointment.get_status_display())


def ending(appointment: Appointment) -> str:
    """How it ended before its time; a late cancellation says so by its cost."""
    declined = appointment.status == Status.DECLINED
    return str((Status.DECLINED if declined else Status.CANCELLED).label)


def minutes(appointment: Appointment) -> int:
    return int((appointment.ends_at - appointment.starts_at) / timedelta(minutes=1))


def cost(appointment: Appointment) -> str:
    """The price, and what has become of it."""
    said, payment = price(appointment), appointment.payment
    if appointment.allowance_id:
        back = appointment.status in COST_NOTHING or appointment.credit_returned_at
        return f"{said}, {'back in' if back else 'from'} your pack"
    if payment is None:
        return said
    if payment.status == Payment.Status.PENDING and payment.gateway != DESK:
        return f"{said}, being paid by card"
    if payment.status == Payment.Status.PENDING:
        return f"{said}, to pay at the front desk"
    if payment.status == Payment.Status.PAID:
        return f"{said}, paid{_part_back(payment)}"
    if payment.status in GOES_BACK:
        return f"{said}, goes back to you"
    return f"{said}, nothing to pay"


def _part_back(payment: Payment) -> str:
    """``, £20.00 of it given back``"""
    if not payment.refunded_minor:
        return ""
    return f", {money.shown(payment.refunded_minor, payment.currency)} of it given back"


def terms(appointment: Appointment, at: datetime) -> str:
    """What cancelling at an instant costs, and what it costs later."""
    if appointment.status == Status.REQUESTED:
        return "Taking it back costs nothing until it starts."
    until, starts_at = appointment.free_until, appointment.starts_at
    loss = _loss_of(appointment)
    if at > until:
        return f"It is too late to cancel for nothing: {loss}."
    if until >= starts_at:
        return UNTIL_THE_START
    shown = when(until, appointment.branch.zone)
    return f"Free to cancel or move until {shown}; after that {loss}."


def before_booking(facts: AppointmentFacts, service: Service) -> str:
    """What cancelling will cost if it is booked now."""
    policy, grace = facts.policy, facts.policy.grace_minutes
    until = policy.free_until(facts.starts_at, facts.now)
    loss = _loss(price(service), is_free=not service.price_minor)
    if until >= facts.starts_at:
        return UNTIL_THE_START
    if until <= facts.now:
        return f"It is too near to be cancelled for nothing: {loss}."
    if facts.starts_at - facts.now < timedelta(minutes=policy.cutoff_minutes):
        span = "a minute" if grace == 1 else f"{grace} minutes"
        return f"Free to cancel for {span} once it is booked; after that {loss}."
    shown = when(until, facts.zone)
    return f"Free to cancel or move until {shown}; after that {loss}."


def once_moved(appointment: Appointment, at: datetime, now: datetime) -> str:
    """Until when it can be cancelled for nothing where it starts then."""
    policy = appointment.policy
    until = at - timedelta(minutes=policy.appointment_cutoff_minutes)
    if until > now:
        shown = when(until, appointment.branch.zone)
        return f"Then it is free to cancel or move until {shown}."
    loss = _loss_of(appointment)
    return f"That is so near that cancelling will no longer be free: {loss}."


def cancelled(appointment: Appointment) -> str:
    """What an appointment that was cancelled or declined has cost."""
    payment = appointment.payment
    if appointment.credit_returned_at:
        return "It was after the free time, and is back in your pack all the same."
    if appointment.status == Status.LATE_CANCELLED:
        loss, back = _loss_of(appointment), ""
        if payment is not None and payment.refunded_minor:
            given = money.shown(payment.refunded_minor, payment.currency)
            back = f" {given} of it was given back."
        return f"It was after the free time: {loss}.{back}"
    if payment is not None and payment.status in GOES_BACK:
        return "What you paid goes back to you."
    if appointment.allowance_id:
        return "It is back in your pack."
    return "There is nothing to pay."


def _loss_of(appointment: Appointment) -> str:
    if appointment.allowance_id:
        return "it is used up in your pack"
    return _loss(price(appointment), is_free=not appointment.price_minor)


def _loss(shown: str, *, is_free: bool) -> str:
    return "it counts as a late cancel" if is_free else f"{shown} is due all the same"

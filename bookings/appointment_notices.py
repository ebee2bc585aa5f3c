"""What a client and a trainer are told of an appointment, by the branch's clock.

The client hears of everything, as with classes; the trainer of what others did.
"""

from datetime import datetime

from django.db.models import F
from django.urls import reverse

from bookings import appointment_words as words
from bookings.event_kinds import BookingEvent
from bookings.models import Appointment
from bookings.models.appointments import AppointmentStatus as Status
from bookings.notices import tell
from gymsite.core import money
from gymsite.core.models import Event
from gymsite.core.periods import when
from gymsite.notifications import notice_kinds

APPOINTMENTS = notice_kinds.Topic(
    "appointments", "Appointments", "you have appointments there"
)
JOINED = ("service", "trainer", "client", "branch", "room", "payment")
# What a notice says of them, and what its sentences ask.
OF_APPOINTMENT = (
    "reference",
    "status",
    "starts_at",
    "free_until",
    "price_minor",
    "currency",
    "allowance_id",
    "credit_returned_at",
    "service__name",
    "trainer__name",
    "trainer__user_id",
    "client__username",
    "client__first_name",
    "client__last_name",
    "branch__name",
    "branch__time_zone",
    "room__name",
    "payment__status",
    "payment__gateway",
    "payment__refunded_minor",
    "payment__currency",
)


def register() -> None:
    notice_kinds.declare(
        APPOINTMENTS,
        {
            BookingEvent.APPOINTMENT_REQUESTED: (notify_requested, _is_asked_for),
            BookingEvent.APPOINTMENT_BOOKED: (notify_booked, _stands),
            BookingEvent.APPOINTMENT_ACCEPTED: (notify_accepted, _stands),
            BookingEvent.APPOINTMENT_MOVED: (notify_moved, _stands),
            BookingEvent.APPOINTMENT_REMINDED: (notify_reminded, _is_reminded_of),
            BookingEvent.APPOINTMENT_CANCELLED: (notify_cancelled, None),
            BookingEvent.APPOINTMENT_DECLINED: (notify_cancelled, None),
            BookingEvent.APPOINTMENT_CANCELLED_LATE: (notify_cancelled, None),
            BookingEvent.APPOINTMENT_MISSED: (notify_missed, _was_missed),
            BookingEvent.APPOINTMENT_REFUNDED: (notify_refunded, None),
            BookingEvent.APPOINTMENT_CREDITED: (notify_credited, None),
        },
    )


def _is_asked_for(appointment_id: int, user_id: int, now: datetime) -> bool:
    return _is_ahead(appointment_id, (Status.REQUESTED,), now)


def _stands(appointment_id: int, user_id: int, now: datetime) -> bool:
    return _is_ahead(appointment_id, Appointment.STANDS, now)


def _is_ahead(appointment_id: int, statuses: tuple[Status, ...], now: datetime) -> bool:
    return Appointment.objects.filter(
        pk=appointment_id, status__in=statuses, starts_at__gt=now
    ).exists()


def _is_reminded_of(appointment_id: int, user_id: int, now: datetime) -> bool:
    """Whether it stands, and starts when the reminder says."""
    same = Appointment.objects.filter(pk=appointment_id, reminded_for=F("starts_at"))
    return same.exists() and _stands(appointment_id, user_id, now)


def _was_missed(appointment_id: int, user_id: int, now: datetime) -> bool:
    missed = Appointment.objects.filter(pk=appointment_id, status=Status.NO_SHOW)
    return missed.exists()


def _appointment_of(event: Event) -> Appointment:
    told = Appointment.objects.select_related(*JOINED).only(*OF_APPOINTMENT)
    return told.get(pk=event.subject_id)


def _tell_client(
    event: Event, appointment: Appointment, *, title: str, body: str
) -> None:
    url = reverse("appointment", args=[appointment.reference])
    title = f"{title}: {_what(appointment)}"
    tell(appointment.client_id, event, appointment, title=title, body=body, url=url)


def _tell_trainer(
    event: Event, appointment: Appointment, *, title: str, body: str
) -> None:
    """Nothing of what they did themselves."""
    trainer_id = appointment.trainer.user_id
    if trainer_id == event.actor_id:
        return
    url = reverse("training-appointment", args=[appointment.reference])
    title = f"{title}: {_what(appointment)}"
    body = f"{appointment.client}. {body}"
    tell(trainer_id, event, appointment, title=title, body=body, url=url)


def _what(appointment: Appointment) -> str:
    starts = when(appointment.starts_at, appointment.branch.zone)
    return f"{appointment.service.name}, {starts}"


def _where(appointment: Appointment) -> str:
    room = f"{appointment.room.name}, " if appointment.room else ""
    return f"{room}{appointment.branch.name}."


def _with_whom(appointment: Appointment) -> str:
    return f"With {appointment.trainer.name}, {_where(appointment)}"


def _reason(event: Event, appointment: Appointment) -> str:
    """Why somebody other than the client did it."""
    said = event.data.get("reason", "")
    return f" {said}" if said and event.actor_id != appointment.client_id else ""


def notify_requested(event: Event) -> None:
    """The client waits for a yes, the trainer has one to give."""
    appointment = _appointment_of(event)
    name = appointment.trainer.name
    _tell_client(
        event,
        appointment,
        title="Asked for",
        body=(
            f"{_with_whom(appointment)} {name} has yet to say yes; the time is kept "
            f"for you until then. {words.terms(appointment, event.at)}"
        ),
    )
    _tell_trainer(
        event,
        appointment,
        title="Asked of you",
        body=f"{_where(appointment)} Accept or decline it.",
    )


def notify_booked(event: Event) -> None:
    appointment = _appointment_of(event)
    _tell_client(event, appointment, title="Booked", body=_agreed(event, appointment))
    _tell_trainer(event, appointment, title="Booked with you", body=_where(appointment))


def notify_accepted(event: Event) -> None:
    appointment = _appointment_of(event)
    _tell_client(event, appointment, title="Accepted", body=_agreed(event, appointment))
    _tell_trainer(
        event, appointment, title="Accepted for you", body=_where(appointment)
    )


def _agreed(event: Event, appointment: Appointment) -> str:
    cost, terms = words.cost(appointment), words.terms(appointment, event.at)
    return f"{_with_whom(appointment)} {cost}. {terms}"


def notify_moved(event: Event) -> None:
    """From the old time to the new one, or into another room; calendars follow."""
    appointment = _appointment_of(event)
    if event.data["before"] == event.data["after"]:
        title, change = "Another room", "Its time stays as it is."
    else:
        before = datetime.fromisoformat(event.data["before"])
        shown = when(before, appointment.branch.zone)
        title, change = "Moved", f"It was to start on {shown}."
    terms = words.terms(appointment, event.at)
    body = f"{change} {_with_whom(appointment)} {terms}"
    _tell_client(event, appointment, title=title, body=body)
    body = f"{change} {_where(appointment)}"
    _tell_trainer(event, appointment, title=title, body=body)


def notify_reminded(event: Event) -> None:
    """Unless it was cancelled or moved meanwhile; only the client."""
    appointment = _appointment_of(event)
    starts_at = datetime.fromisoformat(event.data["starts_at"])
    if appointment.starts_at != starts_at or (
        appointment.status not in Appointment.STANDS
    ):
        return
    body = _agreed(event, appointment)
    _tell_client(event, appointment, title="Reminder", body=body)


def notify_cancelled(event: Event) -> None:
    """Why, where somebody else did it, and what becomes of the money."""
    appointment = _appointment_of(event)
    title = words.ending(appointment)
    _tell_client(
        event,
        appointment,
        title=title,
        body=(
            f"With {appointment.trainer.name}. "
            f"{words.cancelled(appointment)}{_reason(event, appointment)}"
        ),
    )
    is_late = event.kind == BookingEvent.APPOINTMENT_CANCELLED_LATE
    late = "It was after the free time. " if is_late else ""
    body = f"{late}That time is free again.{_reason(event, appointment)}"
    _tell_trainer(event, appointment, title=title, body=body)


def notify_missed(event: Event) -> None:
    """The client can say at once that they were there."""
    appointment = _appointment_of(event)
    body = f"{_with_whom(appointment)} {words.cost(appointment)}."
    _tell_client(event, appointment, title="Missed", body=body)


def notify_refunded(event: Event) -> None:
    appointment = _appointment_of(event)
    # an event of before there were refunds in part gave all of it back
    amount = event.data.get("amount_minor", appointment.price_minor)
    back = money.shown(amount, appointment.currency)
    said = f"{back} comes back to you, the way you paid it."
    body = f"{said}{_reason(event, appointment)}"
    _tell_client(event, appointment, title="Refunded", body=body)


def notify_credited(event: Event) -> None:
    appointment = _appointment_of(event)
    body = f"It is back in your pack.{_reason(event, appointment)}"
    _tell_client(event, appointment, title="Given back", body=body)

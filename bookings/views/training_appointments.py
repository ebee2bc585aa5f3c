"""An appointment as its trainer sees it, and what they make of it."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from bookings.errors import AppointmentNotFound
from bookings.forms import AppointmentMarkForm
from bookings.models import Appointment, Trainer
from bookings.models.appointments import AppointmentStatus as Status
from bookings.operations import appointment_steps as steps
from bookings.operations.appointments import cancel_appointment, decline_appointment
from bookings.queries import appointments as reads
from bookings.views import training_rows
from bookings.views.training_pages import trainer_page, training_page
from gymsite.core import references
from gymsite.core.errors import DomainError
from gymsite.core.money import shown
from gymsite.core.periods import local_day, when
from gymsite.web.http import MemberRequest

MADE_BY = {
    Status.BOOKED: steps.accept_appointment,
    Status.CONFIRMED: steps.confirm_appointment,
    Status.CHECKED_IN: steps.check_in_appointment,
    Status.COMPLETED: steps.complete_appointment,
    Status.NO_SHOW: steps.miss_appointment,
    Status.CANCELLED: cancel_appointment,
    Status.DECLINED: decline_appointment,
}
ENDED_BY_TRAINER = (Status.CANCELLED, Status.DECLINED)
SAID = {
    Status.BOOKED: "Accepted: {client}, {when}.",
    Status.CONFIRMED: "Confirmed: {client}, {when}.",
    Status.CHECKED_IN: "{client} is checked in.",
    Status.COMPLETED: "Completed: {client}, {when}.",
    Status.NO_SHOW: "Noted that {client} did not come.",
    Status.CANCELLED: "Cancelled: {client}, {when}.",
    Status.DECLINED: "Declined: {client}, {when}.",
}


@require_safe
@trainer_page
def training_appointment(
    request: MemberRequest, me: Trainer, reference: str
) -> HttpResponse:
    return _page(request, own_appointment(me, reference), timezone.now())


@require_POST
@trainer_page
def mark_appointment(
    request: MemberRequest, me: Trainer, reference: str
) -> HttpResponse:
    """Accept, decline, confirm, check in, complete, say that nobody came, or cancel.

    It leads back to where the button stood.
    """
    appointment, now = own_appointment(me, reference), timezone.now()
    form = AppointmentMarkForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the buttons.")
        return redirect("training-appointment", appointment.reference)
    status = Status(form.cleaned_data["becomes"])
    try:
        _make(appointment, status, form.cleaned_data["reason"], me, now)
    except DomainError as refusal:
        if not form.cleaned_data["back"]:
            return _page(request, appointment, now, refusal)
        messages.error(request, refusal.message)
    else:
        said = SAID[status].format(client=appointment.client, when=_when(appointment))
        messages.success(request, said)
    return redirect(_back(appointment, form.cleaned_data["back"]))


def _make(
    appointment: Appointment, status: Status, reason: str, me: Trainer, now: datetime
) -> None:
    why = {"reason": reason} if status in ENDED_BY_TRAINER else {}
    MADE_BY[status](appointment_id=appointment.pk, actor_id=me.user_id, now=now, **why)


def own_appointment(me: Trainer, typed: str) -> Appointment:
    """One of the trainer's own; raises AppointmentNotFound."""
    reference = references.read(typed)
    found = reads.of_trainer(me.pk, reference) if reference else None
    if found is None:
        raise AppointmentNotFound(
            "This is not an appointment of yours.",
            remedy="Your week shows those you have.",
        )
    return found


def _when(appointment: Appointment) -> str:
    return when(appointment.starts_at, appointment.zone)


def _day(appointment: Appointment) -> str:
    return local_day(appointment.starts_at, appointment.zone).isoformat()


def _back(appointment: Appointment, to: str) -> str:
    if to == "week":
        return f"{reverse('training-week')}?week={_day(appointment)}"
    if to == "today":
        return reverse("teaching")
    return reverse("training-appointment", args=[appointment.reference])


def _page(
    request: MemberRequest,
    appointment: Appointment,
    now: datetime,
    refusal: DomainError | None = None,
) -> HttpResponse:
    status = Status(appointment.status)
    context = {
        "appointment": appointment,
        "starts": _when(appointment),
        "week": _day(appointment),
        "minutes": (appointment.ends_at - appointment.starts_at).seconds // 60,
        "price": shown(appointment.price_minor, appointment.currency),
        "tag": training_rows.TAGS[status],
        "buttons": _buttons(appointment, now),
        "can_move": status in Appointment.STANDS,
        "can_cancel": status in Appointment.STANDS and status != Status.REQUESTED,
        "refusal": refusal,
    }
    page, code = "training_appointment.html", refusal.status if refusal else 200
    return training_page(request, page, "week", context, status=code)


def _buttons(appointment: Appointment, now: datetime) -> list[tuple[str, str, str]]:
    early = timedelta(minutes=appointment.policy.checkin_opens_minutes)
    opens_at = appointment.starts_at - early
    return training_rows.buttons(appointment.status, opens_at, appointment, now)

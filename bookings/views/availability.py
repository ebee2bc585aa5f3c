"""A trainer's own hours: by weekday, otherwise on some days, and blocked just now."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from bookings.errors import TrainerBooked
from bookings.forms import AwayForm, BlockForm, HoursForm
from bookings.models import Appointment, Availability, AvailabilityException, Trainer
from bookings.operations import availability as operations
from bookings.queries import appointments, training_week
from bookings.queries import availability as reads
from bookings.views import training_rows
from bookings.views.training_pages import trainer_page, training_page
from gymsite.core.errors import DomainError, NotFound
from gymsite.core.models.branches import Weekday
from gymsite.core.periods import clock, day_name, local_day, when
from gymsite.web.forms import add_errors
from gymsite.web.http import MemberRequest

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@trainer_page
def hours(request: MemberRequest, me: Trainer) -> HttpResponse:
    now = timezone.now()
    held = list(reads.hours_of(me.pk, me.branch.today(now)))
    weekdays = [
        {"name": day.label, "hours": [_rule(one) for one in held if one.weekday == day]}
        for day in Weekday
    ]
    context = {
        "weekdays": weekdays,
        "has_hours": bool(held),
        "away": [_away(one) for one in reads.away_of(me.pk, now)[:50]],
    }
    return training_page(request, "hours.html", "hours", context)


def _rule(hours: Availability) -> dict[str, Any]:
    until = hours.valid_until
    said = f"from {day_name(hours.valid_from)} {hours.valid_from.year}"
    return {
        "id": hours.pk,
        "clock": str(hours).partition(" ")[2],
        "holds": f"{said} until {day_name(until)} {until.year}" if until else said,
    }


def _away(row: AvailabilityException) -> dict[str, Any]:
    zone = row.branch.zone
    return {
        "id": row.pk,
        "name": training_rows.AWAY_WORDS[row.kind],
        "when": f"{when(row.starts_at, zone)} to {_until(row, zone)}",
        "reason": row.reason,
    }


def _until(row: AvailabilityException, zone: ZoneInfo) -> str:
    """Its end; the time alone where it is on the day that it starts on."""
    if local_day(row.starts_at, zone) == local_day(row.ends_at, zone):
        return clock(row.ends_at.astimezone(zone))
    return when(row.ends_at, zone)


@form_page
@trainer_page
def add_hours(request: MemberRequest, me: Trainer) -> HttpResponse:
    today = me.branch.today(timezone.now())
    new = Availability(trainer=me, branch=me.branch)
    return _change(request, new, {"valid_from": today, "weekday": today.weekday()})


@form_page
@trainer_page
def change_hours(request: MemberRequest, me: Trainer, hours_id: int) -> HttpResponse:
    held = Availability.objects.filter(trainer=me, pk=hours_id).first()
    if held is None:
        raise NotFound("These are not hours of yours.", remedy="Look at all of them.")
    return _change(request, held, {name: getattr(held, name) for name in _NAMES})


_NAMES = tuple(HoursForm.base_fields)


def _change(
    request: MemberRequest, held: Availability, initial: dict[str, Any]
) -> HttpResponse:
    form = HoursForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            hours = form.put(held)
            operations.set_hours(
                hours=hours, actor_id=request.user.pk, now=timezone.now()
            )
        except DomainError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, f"Saved: {held}.")
            return redirect("training-hours")
    context = {"form": form, "hours": held}
    status = 422 if form.is_bound else 200
    return training_page(request, "hours_form.html", "hours", context, status=status)


@require_POST
@trainer_page
def end_hours(request: MemberRequest, me: Trainer, hours_id: int) -> HttpResponse:
    now = timezone.now()
    operations.end_hours(
        hours_id=hours_id,
        trainer_id=me.pk,
        today=me.branch.today(now),
        actor_id=me.user_id,
        now=now,
    )
    messages.success(request, "Ended. What is booked stays.")
    return redirect("training-hours")


@form_page
@trainer_page
def add_away(request: MemberRequest, me: Trainer) -> HttpResponse:
    now = timezone.now()
    form = AwayForm(me.branch, now, request.POST or None)
    meets: list[dict[str, Any]] = []
    if form.is_valid() and form.span:
        try:
            _note_away(me, form, now)
        except DomainError as refusal:
            add_errors(form, refusal)
            if isinstance(refusal, TrainerBooked):
                meets = _in_the_way(me, *form.span)
        else:
            _say_away(request, me, *form.span)
            return redirect("training-hours")
    context = {"form": form, "meets": meets}
    status = 422 if form.is_bound else 200
    return training_page(request, "away_form.html", "hours", context, status=status)


def _note_away(me: Trainer, form: AwayForm, now: datetime) -> None:
    assert form.span is not None
    operations.note_away(
        trainer_id=me.pk,
        kind=AvailabilityException.Kind(form.cleaned_data["kind"]),
        starts_at=form.span[0],
        ends_at=form.span[1],
        reason=form.cleaned_data["reason"],
        actor_id=me.user_id,
        now=now,
    )


def _say_away(
    request: MemberRequest, me: Trainer, starts_at: datetime, ends_at: datetime
) -> None:
    """That it is noted, and which classes have to be taught all the same."""
    messages.success(request, "Noted.")
    first, last = (local_day(at, me.branch.zone) for at in (starts_at, ends_at))
    times = training_week.times(me.pk, first, (last - first).days + 1)
    classes = [
        one
        for one in times
        if one.kind == "class"
        and one.stands
        and one.starts_at < ends_at
        and one.ends_at > starts_at
    ]
    if classes:
        soonest = f"{classes[0].name}, {when(classes[0].starts_at, classes[0].zone)}"
        more = f" and {len(classes) - 1} more" if len(classes) > 1 else ""
        messages.warning(request, f"You still teach {soonest}{more}.")


def _in_the_way(
    me: Trainer, starts_at: datetime, ends_at: datetime
) -> list[dict[str, Any]]:
    found = appointments.in_the_way(me.pk, starts_at, ends_at)
    return [_link(one) for one in found]


def _link(appointment: Appointment) -> dict[str, Any]:
    return {
        "reference": appointment.reference,
        "client": str(appointment.client),
        "when": when(appointment.starts_at, appointment.zone),
    }


@require_POST
@trainer_page
def remove_away(request: MemberRequest, me: Trainer, exception_id: int) -> HttpResponse:
    """A second time changes nothing."""
    own = AvailabilityException.objects.filter(trainer=me, pk=exception_id)
    if own.exists():
        operations.remove_away(
            exception_id=exception_id, actor_id=me.user_id, now=timezone.now()
        )
    messages.success(request, "Your usual hours hold again.")
    return redirect(
        "teaching" if request.POST.get("back") == "today" else "training-hours"
    )


@require_POST
@trainer_page
def block_now(request: MemberRequest, me: Trainer) -> HttpResponse:
    """Today's page shows what is blocked, with the way back."""
    form, now = BlockForm(request.POST), timezone.now()
    if not form.is_valid():
        messages.error(request, "Choose one of the buttons.")
        return redirect("teaching")
    minutes = form.cleaned_data["minutes"]
    meets = _in_the_way(me, *operations.from_now(me, minutes, now))
    try:
        operations.block_now(
            trainer_id=me.pk, minutes=minutes, actor_id=me.user_id, now=now
        )
    except TrainerBooked as refusal:
        context = {"refusal": refusal, "meets": meets}
        return training_page(request, "not_blocked.html", "today", context, status=409)
    stays = "".join(f" {one['client']}, {one['when']}, stays." for one in meets)
    messages.success(request, f"Blocked, nobody books you then.{stays}")
    return redirect("teaching")

"""One's own appointments: one of them, moving and cancelling it, and what was."""

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from bookings import appointment_words as words
from bookings.errors import AppointmentNotFound
from bookings.models import Appointment
from bookings.models.appointments import ENDED
from bookings.operations.appointment_payments import pay_appointment
from bookings.operations.appointments import cancel_appointment, move_appointment
from bookings.queries import appointments as reads
from bookings.queries import availability
from bookings.rules import slots as rules
from bookings.views import slot_days
from gymsite.core import references
from gymsite.core.errors import DomainError, NotFound
from gymsite.core.pagination import keyset_page
from gymsite.core.periods import local_day, when
from gymsite.payments.queries.payment_choices import DESK, choices, ways
from gymsite.payments.queries.payment_choices import note as pretends
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest

PAGE_SIZE = 20


@require_safe
@member_page
def appointment(request: MemberRequest, reference: str) -> HttpResponse:
    return _page(request, own_appointment(request, reference), timezone.now())


@require_POST
@member_page
def cancel(request: MemberRequest, reference: str) -> HttpResponse:
    now, found = timezone.now(), own_appointment(request, reference)
    if found.status in ENDED:  # a double click, or it was declined meanwhile
        return redirect("appointment", reference)
    try:
        cancel_appointment(
            appointment_id=found.pk,
            client_id=request.user.pk,
            actor_id=request.user.pk,
            now=now,
        )
    except DomainError as refusal:
        return _page(request, found, now, refusal)
    ended = own_appointment(request, reference)
    messages.success(request, f"Cancelled. {words.cancelled(ended)}")
    return redirect("appointment", reference)


@require_POST
@member_page
def pay(request: MemberRequest, reference: str) -> HttpResponse:
    now, found = timezone.now(), own_appointment(request, reference)
    way = ways().get(request.POST.get("pay", ""))
    if way is None:
        return redirect("appointment", reference)
    try:
        pay_appointment(
            appointment_id=found.pk,
            client_id=request.user.pk,
            gateway=way.gateway,
            source=way.source,
            now=now,
        )
    except DomainError as refusal:
        again = own_appointment(request, reference)
        return _page(request, again, now, refusal)
    messages.success(request, f"{words.price(found)} paid.")
    return redirect("appointment", reference)


def own_appointment(request: MemberRequest, typed: str) -> Appointment:
    """One of the reader's own; raises AppointmentNotFound."""
    reference = references.read(typed)
    found = reads.by_reference(reference, request.user.pk) if reference else None
    return _there(found)


def _there(found: Appointment | None) -> Appointment:
    if found is None:
        raise AppointmentNotFound(
            "You have no such appointment.", remedy="Look under My bookings."
        )
    return found


def _page(
    request: HttpRequest,
    found: Appointment,
    now: datetime,
    refusal: DomainError | None = None,
) -> HttpResponse:
    context = _shown(found, now) | {"section": "bookings", "refusal": refusal}
    status = refusal.status if refusal else 200
    return render(request, "bookings/appointment.html", context, status=status)


def _shown(found: Appointment, now: datetime) -> dict[str, Any]:
    zone = found.branch.zone
    ahead = found.status in Appointment.STANDS and now < found.starts_at
    return {
        "appointment": found,
        "heading": words.heading(found),
        "reference": references.shown(found.reference),
        "starts": when(found.starts_at, zone),
        "minutes": words.minutes(found),
        "cost": words.cost(found),
        "cancelled": found.cancelled_at and when(found.cancelled_at, zone),
        "ending": words.ending(found),
        "lost": words.cancelled(found) if found.status in ENDED else "",
        "terms": words.terms(found, now),
        "is_free": now <= found.free_until or found.status == "requested",
        "can_cancel": ahead,
        "can_move": ahead and _may_move(found, now),
        "ways": choices(ways()) if _is_due(found) else [],
        "pretends": pretends(ways()),
        "again": reverse("trainer", args=[found.trainer.slug]),
    }


def _is_due(found: Appointment) -> bool:
    """Whether it can be paid by card now, in place of the desk."""
    payment = found.payment
    return payment is not None and payment.is_open and payment.gateway == DESK


@require_safe
@member_page
def move(request: MemberRequest, reference: str) -> HttpResponse:
    """The free times that an appointment may be moved to."""
    now, read = timezone.now(), references.read(reference)
    request.page_header, one = reads.to_move(read or "", request.user.pk)
    found = _there(one)
    if not _may_move(found, now):
        return redirect("appointment", reference)
    own_day = local_day(found.starts_at, found.branch.zone).isoformat()
    day = request.GET.get("day", own_day)
    context = other_times(found, day, now, address="move-to")
    context |= {
        "section": "bookings",
        "back": reverse("appointment", args=[found.reference]),
        "back_name": "Your appointment",
        "who": found.trainer.name,
    }
    return render(request, "bookings/move_appointment.html", context)


def _may_move(found: Appointment, now: datetime) -> bool:
    return found.status in Appointment.STANDS and now <= found.free_until


def other_times(
    found: Appointment, day: str, now: datetime, *, address: str
) -> dict[str, Any]:
    """The days and times to which an appointment may go, each by the page of that
    name."""
    branch = found.branch
    asked = slot_days.asked_day(day, branch.today(now))
    week = availability.free_week(
        branch=branch,
        length=availability.length_agreed(found),
        service_id=None,
        first=asked.first,
        day=asked.day,
        trainer_ids=[found.trainer_id],
        client_id=found.client_id,
        besides=found.pk,
        now=now,
    )
    strip = slot_days.strip(asked, week, branch.zone, {})
    times = slot_days.times_of_day(
        tuple(at for at in week.starts if at != found.starts_at),
        strip["day"],
        branch.zone,
        (address, found.reference),
        partial(_address, address, found),
    )
    return {
        "appointment": found,
        "starts": when(found.starts_at, branch.zone),
        "minutes": words.minutes(found),
        "strip": strip,
        "times": times,
    }


def _address(name: str, found: Appointment, at: datetime) -> str:
    return reverse(name, args=[found.reference, rules.start_text(at)])


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def move_to(request: MemberRequest, reference: str, start: str) -> HttpResponse:
    """Say what moving to a time changes, and move there."""
    now, found = timezone.now(), own_appointment(request, reference)
    at = rules.read_start(start)
    if at is None:
        raise NotFound("There is no such time.", remedy="Look at the free times.")
    if found.starts_at == at:  # a double click: the first click moved it
        return redirect("appointment", reference)
    refusal = None
    if request.method == "POST":
        me = request.user.pk
        refusal = try_move(found, at, actor_id=me, client_id=me, now=now)
        if refusal is None:
            messages.success(request, f"Moved to {when(at, found.branch.zone)}.")
            return redirect("appointment", reference)
    return _move_page(request, found, at, now, refusal)


def try_move(
    found: Appointment,
    at: datetime,
    *,
    actor_id: int,
    client_id: int | None = None,
    now: datetime,
) -> DomainError | None:
    """The refusal, or None where it is moved."""
    try:
        move_appointment(
            appointment_id=found.pk,
            starts_at=at,
            room_id=found.room_id,
            client_id=client_id,
            actor_id=actor_id,
            now=now,
        )
    except DomainError as refusal:
        return refusal
    return None


def _move_page(
    request: HttpRequest,
    found: Appointment,
    at: datetime,
    now: datetime,
    refusal: DomainError | None,
) -> HttpResponse:
    context = new_time(found, at, times="move-appointment") | {
        "section": "bookings",
        "back": reverse("appointment", args=[found.reference]),
        "who": found.trainer.name,
        "refusal": refusal,
        "terms": words.once_moved(found, at, now),
    }
    status = refusal.status if refusal else 200
    return render(request, "bookings/move_to.html", context, status=status)


def new_time(found: Appointment, at: datetime, *, times: str) -> dict[str, Any]:
    """What changes with a move; ``times`` is the page with the other ones."""
    zone, others = found.branch.zone, reverse(times, args=[found.reference])
    return {
        "appointment": found,
        "before": when(found.starts_at, zone),
        "after": when(at, zone),
        "minutes": words.minutes(found),
        "times": f"{others}?day={at.astimezone(zone):%Y-%m-%d}",
    }


@require_safe
@member_page
def past_appointments(request: MemberRequest) -> HttpResponse:
    now, cursor = timezone.now(), request.GET.get("after")
    rows = reads.past(request.user.pk, now)
    page = keyset_page(rows, ("-starts_at", "-id"), cursor=cursor, limit=PAGE_SIZE)
    context = {
        "section": "bookings",
        "past": [appointment_line(one, now) for one in page.items],
        "next": page.next,
    }
    return render(request, "bookings/past_appointments.html", context)


def appointment_line(one: Appointment, now: datetime) -> dict[str, Any]:
    """What a list says about an appointment."""
    ahead = one.status in Appointment.STANDS and now < one.starts_at
    place = [one.room.name] if one.room else []
    return {
        "reference": one.reference,
        "name": one.service.name,
        "when": when(one.starts_at, one.branch.zone),
        "where": ", ".join([*place, one.branch.name]),
        "trainer": one.trainer.name,
        "status": one.get_status_display(),
        "tag": words.TAGS.get(Appointment.Status(one.status), ""),
        "can_cancel": ahead and one.status != Appointment.Status.REQUESTED,
        "deadline": words.terms(one, now) if ahead else "",
        "starts_at": one.starts_at,
        "is_appointment": True,
    }

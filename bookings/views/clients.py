"""A trainer's clients: who they are, what was, what is noted, and the next time."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from bookings import appointment_words as words
from bookings.forms import ClientBookingForm, ClientNoteForm
from bookings.models import Appointment, Service, Trainer
from bookings.models.appointments import AppointmentStatus
from bookings.operations import client_notes as operations
from bookings.operations.clients import book_for_client
from bookings.queries import availability, client_notes
from bookings.queries import clients as reads
from bookings.views import training_rows
from bookings.views.training_pages import page_of, trainer_page, training_page
from gymsite.core.errors import DomainError, Invalid
from gymsite.core.pagination import keyset_page
from gymsite.core.periods import clock, day_name, local_day, monday, near_day, when
from gymsite.core.text import is_key
from gymsite.web.access import no_such_person
from gymsite.web.http import MemberRequest

PAGE_SIZE = 20
NOTES = 50
WEEK = timedelta(days=7)
TIMES = "book_for_client.html"


@require_safe
@trainer_page
def clients(request: MemberRequest, me: Trainer) -> HttpResponse:
    now, text = timezone.now(), request.GET.get("q", "")[:80]
    rows = reads.found(me.pk, text, now)
    after = request.GET.get("after")
    order = ("-latest_at", "-client_id")
    page = keyset_page(rows, order, cursor=after, limit=PAGE_SIZE)
    context = {
        "clients": [_line(one, me) for one in page.items],
        "text": text,
        "next": page.next,
    }
    return training_page(request, "clients.html", "clients", context)


def _line(row: Any, me: Trainer) -> dict[str, Any]:
    said = [
        f"{words} {day_name(local_day(at, me.branch.zone))}"
        for words, at in (("last on", row.last_at), ("next on", row.next_at))
        if at
    ]
    name = f"{row.client__first_name} {row.client__last_name}".strip()
    return {
        "id": row.client_id,
        "name": name or "No name given",
        "about": ", ".join(said),
        "completed": row.completed,
    }


@require_safe
@trainer_page
def client(request: MemberRequest, me: Trainer, client_id: int) -> HttpResponse:
    return _page(request, me, client_id, ClientNoteForm())


def _page(
    request: MemberRequest, me: Trainer, client_id: int, form: ClientNoteForm
) -> HttpResponse:
    rows, after = reads.history(me.pk, client_id), request.GET.get("after")
    page = keyset_page(rows, ("-starts_at", "-id"), cursor=after, limit=PAGE_SIZE)
    if not page.items:
        raise no_such_person()
    context = {
        "client": page.items[0].client,
        "history": [_was(one) for one in page.items],
        "next": page.next,
        "notes": [
            {"id": one.pk, "text": one.text, "at": when(one.created_at, me.branch.zone)}
            for one in client_notes.about(me.pk, client_id)[:NOTES]
        ],
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return training_page(request, "client.html", "clients", context, status=status)


def _was(appointment: Appointment) -> dict[str, Any]:
    return {
        "reference": appointment.reference,
        "when": when(appointment.starts_at, appointment.zone),
        "what": appointment.service.name,
        "status": appointment.get_status_display(),
        "tag": training_rows.TAGS[AppointmentStatus(appointment.status)],
    }


@require_POST
@trainer_page
def add_note(request: MemberRequest, me: Trainer, client_id: int) -> HttpResponse:
    form = ClientNoteForm(request.POST)
    if not form.is_valid():
        return _page(request, me, client_id, form)
    operations.add_note(
        trainer_id=me.pk,
        client_id=client_id,
        text=form.cleaned_data["text"],
        actor_id=me.user_id,
        now=timezone.now(),
    )
    messages.success(request, "Noted.")
    return redirect("training-client", client_id)


@require_POST
@trainer_page
def remove_note(
    request: MemberRequest, me: Trainer, client_id: int, note_id: int
) -> HttpResponse:
    operations.remove_note(
        note_id=note_id,
        trainer_id=me.pk,
        client_id=client_id,
        actor_id=me.user_id,
        now=timezone.now(),
    )
    messages.success(request, "The note is gone.")
    return redirect("training-client", client_id)


@require_http_methods(["GET", "HEAD", "POST"])
@page_of(reads.to_book)
def book(request: MemberRequest, me: Any, client_id: int) -> HttpResponse:
    if me.client_name is None:
        raise no_such_person()
    now = timezone.now()
    if request.method != "POST":
        return _times(request, me, client_id, now)
    form = ClientBookingForm(request.POST)
    if not form.is_valid():
        raise Invalid({"starts": ["Choose one of the times shown."]})
    try:
        booked = book_for_client(
            trainer_id=me.pk,
            client_id=client_id,
            service_id=form.cleaned_data["service"],
            branch_id=me.branch_id,
            starts_at=form.cleaned_data["starts"],
            actor_id=me.user_id,
            now=now,
        )
    except DomainError as refusal:
        return _times(request, me, client_id, now, refusal)
    messages.success(request, f"Booked: {when(booked.starts_at, booked.zone)}.")
    return redirect("training-appointment", booked.reference)


def _times(
    request: MemberRequest,
    me: Any,
    client_id: int,
    now: datetime,
    refusal: DomainError | None = None,
) -> HttpResponse:
    """The free times of a week for the service that the address names, or the first."""
    services = [Service(is_active=True, **one) for one in me.offered]
    chosen = _chosen(services, request.GET.get("service", ""))
    today = me.branch.today(now)
    first = monday(near_day(request.GET.get("week", ""), today))
    context = _choice(services, chosen) | {
        "client_id": client_id,
        "client_name": me.client_name,
        "days": _days(me, chosen, client_id, first, now) if chosen else [],
        "heading": f"{day_name(first)} to {day_name(first + timedelta(days=6))}",
        "before": (first - WEEK).isoformat() if first > today else "",
        "after": (first + WEEK).isoformat(),
        "refusal": refusal,
    }
    code = refusal.status if refusal else 200
    return training_page(request, TIMES, "clients", context, status=code)


def _choice(services: list[Service], chosen: Service | None) -> dict[str, Any]:
    """Context of _service_choice.html."""
    return {
        "services": [_service(one, one is chosen) for one in services],
        "service": chosen,
        "service_shown": chosen and _service(chosen, True),
    }


def _chosen(services: list[Service], typed: str) -> Service | None:
    named = [one for one in services if is_key(typed) and one.pk == int(typed)]
    return next(iter([*named, *services]), None)


def _service(service: Service, is_chosen: bool) -> dict[str, Any]:
    return {
        "name": service.name,
        "minutes": service.minutes,
        "price": words.price(service),
        "address": f"?service={service.pk}",
        "is_chosen": is_chosen,
    }


def _days(
    me: Trainer, service: Service, client_id: int, first: date, now: datetime
) -> list[dict[str, Any]]:
    """The days of a week that have a free time, each with its times."""
    found = availability.free_slots(
        branch=me.branch,
        service=service,
        first=first,
        trainer_id=me.pk,
        client_id=client_id,
        now=now,
    )
    days: dict[date, list[dict[str, str]]] = {}
    for start in found[0].starts if found else ():
        zone = me.branch.zone
        days.setdefault(local_day(start, zone), []).append(
            {"starts": start.isoformat(), "clock": clock(start.astimezone(zone))}
        )
    return [
        {"name": f"{day:%A} {day.day} {day:%b}", "times": times}
        for day, times in days.items()
    ]

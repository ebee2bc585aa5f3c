"""One free time on its way to be booked: what it costs, the rules, how to pay."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from bookings import appointment_words as words
from bookings import errors
from bookings.forms import AppointmentForm
from bookings.models import Appointment, Service, Trainer
from bookings.operations.appointment_payments import PACK, pay_appointment
from bookings.operations.appointments import book_appointment
from bookings.queries import availability
from bookings.queries.slots import offer
from bookings.rules import slots as rules
from bookings.rules.appointments import AppointmentFacts, judge_appointment
from bookings.views import slot_days
from bookings.views.slots import slot_address
from bookings.ways_to_pay import of_client, usual
from gymsite.core.errors import DomainError, NotFound
from gymsite.core.models import Branch
from gymsite.core.periods import FURTHEST, local_day, when
from gymsite.payments.queries.payment_choices import DESK, Way, choices, ways
from gymsite.payments.queries.payment_choices import note as pretends
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest, PageRequest


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an address names, in use or not."""

    branch: Branch
    service: Service
    trainer: Trainer
    starts_at: datetime

    @property
    def back(self) -> str:
        """The trainer's page on that day."""
        day = local_day(self.starts_at, self.branch.zone)
        named = {"branch": self.branch.slug, "service": self.service.slug, "day": day}
        return f"{reverse('trainer', args=[self.trainer.slug])}?{urlencode(named)}"

    def address(self, at: datetime) -> str:
        return slot_address(self.branch, self.service, self.trainer.slug, at)


@require_safe
def slot(
    request: PageRequest, branch: str, service: str, trainer: str, start: str
) -> HttpResponse:
    now = timezone.now()
    chosen = _chosen(request, branch, service, trainer, start, now)
    facts = _facts(request, chosen, now)
    return _page(request, chosen, facts, _judged(facts, chosen, now))


@require_POST
@member_page
def book_slot(
    request: MemberRequest, branch: str, service: str, trainer: str, start: str
) -> HttpResponse:
    now = timezone.now()
    chosen = _chosen(request, branch, service, trainer, start, now)
    offered = ways_to_pay(request, chosen)
    form = AppointmentForm(choices(offered), request.POST)
    if not form.is_valid():
        return _page(request, chosen, _facts(request, chosen, now), None, form)
    try:
        made = _booked(request, chosen, form, offered, now)
    except errors.AppointmentPriceChanged as refusal:
        again = _new_form(request, chosen, note=form.cleaned_data["note"])
        return _page(request, chosen, _facts(request, chosen, now), refusal, again)
    except DomainError as refusal:
        return _page(request, chosen, _facts(request, chosen, now), refusal, form)
    return redirect("appointment", made.reference)


def _booked(
    request: MemberRequest,
    chosen: Chosen,
    form: AppointmentForm,
    offered: dict[str, Way],
    now: datetime,
) -> Appointment:
    """Book it, then ask the card; should that say no, it stands all the same."""
    way = offered.get(form.cleaned_data["pay"], Way(DESK, ""))
    made = book_appointment(
        trainer_id=chosen.trainer.pk,
        service_id=chosen.service.pk,
        branch_id=chosen.branch.pk,
        client_id=request.user.pk,
        starts_at=chosen.starts_at,
        pay_by=way.gateway,
        seen_minor=form.cleaned_data["price"],
        note=form.cleaned_data["note"],
        now=now,
    )
    if way.gateway not in (DESK, PACK):
        _paid_by_card(request, made, way, now)
    return made


def _paid_by_card(
    request: MemberRequest, made: Appointment, way: Way, now: datetime
) -> None:
    try:
        pay_appointment(
            appointment_id=made.pk,
            client_id=request.user.pk,
            gateway=way.gateway,
            source=way.source,
            now=now,
        )
    except DomainError as refusal:
        messages.warning(
            request, f"{refusal.message} Your appointment is booked all the same."
        )


def ways_to_pay(request: HttpRequest, chosen: Chosen) -> dict[str, Way]:
    """What is open to the reader, by name; nothing for what is free."""
    if not chosen.service.price_minor:
        return {}
    day = local_day(chosen.starts_at, chosen.branch.zone)
    return of_client(request.user.pk or 0, chosen.branch.pk, day)


def _new_form(request: HttpRequest, chosen: Chosen, note: str = "") -> AppointmentForm:
    offered = ways_to_pay(request, chosen)
    given = {"price": chosen.service.price_minor, "pay": usual(offered), "note": note}
    return AppointmentForm(choices(offered), initial=given)


def _chosen(
    request: PageRequest,
    branch: str,
    service: str,
    trainer: str,
    start: str,
    now: datetime,
) -> Chosen:
    """Raises NotFound for what was never there."""
    offered = offer(
        trainer=trainer,
        branch=branch,
        service=service,
        member_id=request.user.pk,
        now=now,
    )
    request.page_header = offered.header
    at = rules.read_start(start)
    place = next((one for one in offered.branches if one.slug == branch), None)
    sold = next((one for one in offered.services if one.slug == service), None)
    if not (at and place and sold and offered.trainer):
        raise NotFound("There is no such time.", remedy="Look at the free times.")
    return Chosen(place, sold, offered.trainer, at)


def _facts(
    request: HttpRequest, chosen: Chosen, now: datetime
) -> AppointmentFacts | None:
    """None where the time is too far away to be reckoned with, or something is switched
    off."""
    sold = availability.is_sold(chosen.service, chosen.branch)
    if abs(chosen.starts_at - now) > FURTHEST or not sold:
        return None
    return availability.facts(
        branch=chosen.branch,
        trainer_id=chosen.trainer.pk,
        client_id=request.user.pk,
        length=availability.length_of(chosen.service),
        service=chosen.service,
        starts_at=chosen.starts_at,
        now=now,
    )


def _judged(
    facts: AppointmentFacts | None, chosen: Chosen, now: datetime
) -> DomainError | None:
    if facts is not None:
        return judge_appointment(facts, by_staff=False)
    if chosen.starts_at - now > FURTHEST:
        return errors.AppointmentTooFar(remedy="Choose an earlier day.")
    if now - chosen.starts_at > FURTHEST:
        return errors.AppointmentTooSoon("That is past.", remedy="Choose a later time.")
    return errors.NotInUse(
        f"{chosen.service} with {chosen.trainer} is not offered there any more.",
        remedy="Choose another trainer or service.",
    )


def _page(
    request: HttpRequest,
    chosen: Chosen,
    facts: AppointmentFacts | None,
    refusal: DomainError | None,
    form: AppointmentForm | None = None,
) -> HttpResponse:
    """What a booking will cost and until when it can be cancelled; where it can't be
    made, why, and what is free that day."""
    can_book = not refusal or isinstance(refusal, errors.AppointmentPriceChanged)
    context = _shown(chosen, facts) | {
        "section": "trainers",
        "form": form or _new_form(request, chosen),
        "pretends": pretends(ways()),
        "refusal": refusal,
        "can_book": can_book,
        "others": [] if can_book else _free_that_day(chosen, facts),
    }
    status = 200
    if request.method == "POST":
        status = refusal.status if refusal else 422
    return render(request, "bookings/slot.html", context, status=status)


def _shown(chosen: Chosen, facts: AppointmentFacts | None) -> dict[str, Any]:
    return {
        "chosen": chosen,
        "price": words.price(chosen.service),
        "starts": when(chosen.starts_at, chosen.branch.zone),
        "terms": facts and words.before_booking(facts, chosen.service),
        "on_request": bool(facts and facts.policy.on_request),
        "next_path": chosen.address(chosen.starts_at),
    }


def _free_that_day(chosen: Chosen, facts: AppointmentFacts | None) -> list[Any]:
    """Other times as _times.html takes them."""
    if facts is None:
        return []
    free = facts.free_that_day()
    return [
        (part, [(chosen.address(at), shown) for at, shown in times])
        for part, times in slot_days.parts_of_day(free, facts.day, chosen.branch.zone)
    ]

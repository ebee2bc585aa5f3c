"""One free time on its way to be booked: what it costs, the rules, how to pay."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from bookings import appointment_words as words
from bookings import errors
from bookings.forms import AppointmentForm
from bookings.models import Service, Trainer
from bookings.operations.appointments import book_appointment
from bookings.queries import availability
from bookings.queries.slots import offer
from bookings.rules import slots as rules
from bookings.rules.appointments import AppointmentFacts, judge_appointment
from bookings.views import slot_days
from bookings.views.slots import slot_address
from gymsite.core.errors import DomainError, NotFound
from gymsite.core.models import Branch
from gymsite.core.periods import FURTHEST, local_day, when
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest, PageRequest

DESK = ("desk", "At the front desk, when you come")


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
    form = AppointmentForm(ways_to_pay(chosen.service), request.POST)
    if not form.is_valid():
        return _page(request, chosen, _facts(request, chosen, now), None, form)
    if form.cleaned_data["price"] != chosen.service.price_minor:
        facts = _facts(request, chosen, now)
        again = _new_form(chosen.service, note=form.cleaned_data["note"])
        return _page(request, chosen, facts, errors.AppointmentPriceChanged(), again)
    try:
        made = book_appointment(
            trainer_id=chosen.trainer.pk,
            service_id=chosen.service.pk,
            branch_id=chosen.branch.pk,
            client_id=request.user.pk,
            starts_at=chosen.starts_at,
            note=form.cleaned_data["note"],
            now=now,
        )
    except DomainError as refusal:
        return _page(request, chosen, _facts(request, chosen, now), refusal, form)
    return redirect("appointment", made.reference)


def ways_to_pay(service: Service) -> list[tuple[str, str]]:
    """(value, words) of each way to pay for an appointment; none for what is free."""
    return [DESK] if service.price_minor else []


def _new_form(service: Service, note: str = "") -> AppointmentForm:
    ways = ways_to_pay(service)
    given = {"price": service.price_minor, "pay": DESK[0], "note": note}
    return AppointmentForm(ways, initial=given)


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
        "form": form or _new_form(chosen.service),
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

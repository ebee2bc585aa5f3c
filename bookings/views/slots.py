"""Free times: of a trainer, and of everybody at a branch."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from bookings import appointment_words as words
from bookings.models import Service
from bookings.queries import availability
from bookings.queries import slots as reads
from bookings.queries.availability import FreeWeek
from bookings.queries.slots import Offer, of_slug, offer
from bookings.queries.trainers import photo as photo_of
from bookings.rules import slots as rules
from bookings.views import slot_days
from bookings.views.fragments import FRAGMENTS
from gymsite.core.errors import NotFound
from gymsite.core.models import Branch
from gymsite.core.pagination import keyset_page
from gymsite.core.periods import when
from gymsite.core.search import LONGEST
from gymsite.web import fragments
from gymsite.web.http import PageRequest
from gymsite.web.pictures import picture_answer

PAGE_SIZE = 24


@require_safe
def trainers(request: PageRequest) -> HttpResponse:
    now, asked = timezone.now(), request.GET
    offered = offer(member_id=request.user.pk, now=now)
    request.page_header = offered.header
    branch = offered.branch(asked.get("branch", ""), _home(request))
    context: dict[str, Any] = {"section": "trainers", "branch": branch}
    if branch is not None:
        context |= _team(request, offered, branch, now)
    return render(request, "bookings/trainers.html", context)


def _team(
    request: PageRequest, offered: Offer, branch: Branch, now: datetime
) -> dict[str, Any]:
    """Who is there, or those of them whom a name and a speciality leave."""
    asked = request.GET
    text, speciality = (
        asked.get(name, "").replace("\0", "").strip()[:LONGEST]
        for name in ("q", "speciality")
    )
    rows, order = reads.team_at(branch.pk, text, speciality), ("folded_name", "id")
    page = keyset_page(rows, order, cursor=asked.get("after"), limit=PAGE_SIZE)
    free = _next_free(offered, branch, page.items, request.user.pk, now)
    kept = {"branch": branch.slug, "q": text, "speciality": speciality}
    following = {name: value for name, value in kept.items() if value}
    return {
        "trainers": [_card(one, branch, free.get(one.id)) for one in page.items],
        "selects": [_branches(offered, branch), _specialities(page.items, speciality)],
        "text": text,
        "is_narrowed": bool(text or speciality),
        "next": page.next and urlencode(following | {"after": page.next}),
    }


def _specialities(shown: list[Any], chosen: str) -> dict[str, Any] | None:
    """Context of a select of the branch's specialities; where nobody is shown it has
    the chosen one alone."""
    here: list[str] = shown[0].here if shown else []
    choices = here if not chosen or chosen in here else [*here, chosen]
    its = {"name": "speciality", "label": "Speciality", "empty": "All specialities"}
    if not choices:
        return None
    return its | {"choices": [(one, one) for one in choices], "chosen": chosen}


def _next_free(
    offered: Offer,
    branch: Branch,
    shown: list[Any],
    reader_id: int | None,
    now: datetime,
) -> dict[int, str]:
    """The next free time of each trainer, in words."""
    found = availability.next_free(
        branch=branch,
        services=offered.services_at(branch),
        trainer_ids=[one.id for one in shown],
        client_id=reader_id,
        now=now,
    )
    return {trainer_id: when(at, branch.zone) for trainer_id, at in found.items()}


class Card(NamedTuple):
    """What a list shows of a trainer; ``branch`` is in the address where they are at
    home elsewhere."""

    slug: str
    branch: str
    name: str
    specialities: tuple[str, ...]
    home: str
    photo_id: str | None
    free: str | None


def _card(one: Any, branch: Branch, free: str | None) -> SafeString:
    card = Card(
        one.slug,
        branch.slug if branch.pk != one.branch_id else "",
        one.name,
        tuple(one.specialities),
        one.branch__name,
        one.photo_id,
        free,
    )
    return FRAGMENTS.get_or_draw(
        ("trainer", card),
        lambda: fragments.draw("bookings/_trainer_card.html", {"card": card}),
    )


def _home(request: HttpRequest) -> int | None:
    return getattr(request.user, "home_branch_id", None)


def _branches(offered: Offer, chosen: Branch) -> dict[str, Any] | None:
    """Context of a select, where there is something to choose."""
    choices = [(one.slug, one.name) for one in offered.branches]
    if len(choices) < 2:
        return None
    its = {"name": "branch", "label": "Branch", "choices": choices}
    return its | {"chosen": chosen.slug}


@require_safe
def trainer(request: PageRequest, slug: str) -> HttpResponse:
    now, reader_id = timezone.now(), request.user.pk
    offered = offer(trainer=slug, member_id=reader_id, classes=True, now=now)
    request.page_header, found = offered.header, offered.trainer
    if found is None or not offered.is_in_use:
        raise NotFound("There is no such trainer.", remedy="Look at the whole team.")
    branch = offered.branch(request.GET.get("branch", ""))
    chosen = _choose(request.GET, offered, branch, reader_id, now, [found.pk])
    context = chosen.context | {
        "section": "trainers",
        "trainer": found,
        "home": next(iter(offered.branches), None),
        "classes": [_class_line(one) for one in offered.classes],
        "times": chosen.times(found.slug, lambda at: chosen.address(found.slug, at)),
    }
    return render(request, "bookings/trainer.html", context)


@require_safe
def photo(request: HttpRequest, digest: str) -> HttpResponse:
    return picture_answer(photo_of(digest))


def _class_line(row: dict[str, Any]) -> dict[str, Any]:
    zone = ZoneInfo(row["time_zone"])
    return row | {"when": when(datetime.fromtimestamp(row["starts"], zone), zone)}


def slot_address(branch: Branch, service: Service, trainer: str, at: datetime) -> str:
    start = rules.start_text(at)
    return reverse("slot", args=[branch.slug, service.slug, trainer, start])


@require_safe
def free_times(request: PageRequest) -> HttpResponse:
    """Time first: when somebody at a branch is free, then who."""
    now, asked = timezone.now(), request.GET
    offered = offer(member_id=request.user.pk, now=now)
    request.page_header = offered.header
    branch = offered.branch(asked.get("branch", ""), _home(request))
    chosen = _choose(asked, offered, branch, request.user.pk, now, None)
    at = rules.read_start(asked.get("at", ""))
    times = chosen.times("", chosen.with_time, at)
    context = chosen.context | {"section": "trainers", "times": times}
    if at is not None and chosen.week is not None and branch is not None:
        free = [one for one in chosen.week.trainers if at in one.starts]
        who = [(one, chosen.address(one.trainer_slug, at)) for one in free]
        context |= {"at": when(at, branch.zone), "who": who}
    return render(request, "bookings/free_times.html", context)


@dataclass(frozen=True, slots=True)
class Choice:
    """What of an address is chosen, and which day is shown. Without a service or a
    branch there is no week."""

    branch: Branch | None
    service: Service | None
    query: dict[str, str]
    context: dict[str, Any]
    week: FreeWeek | None = None
    day: date | None = None

    def times(
        self,
        trainer: str,
        address: Callable[[datetime], str],
        chosen: datetime | None = None,
    ) -> SafeString | None:
        """The times of the day that is shown, of one trainer or of anybody."""
        if self.week is None or self.day is None or self.branch is None:
            return None
        page = (trainer, *self.query.values())
        return slot_days.times_of_day(
            self.week.starts, self.day, self.branch.zone, page, address, chosen=chosen
        )

    def address(self, trainer: str, at: datetime) -> str:
        assert self.branch is not None and self.service is not None  # times are of both
        return slot_address(self.branch, self.service, trainer, at)

    def with_time(self, at: datetime) -> str:
        """This page with the time chosen, too."""
        return f"?{urlencode(self.query | {'at': rules.start_text(at)})}#who"


def _choose(
    asked: QueryDict,
    offered: Offer,
    branch: Branch | None,
    reader_id: int | None,
    now: datetime,
    trainer_ids: list[int] | None,
) -> Choice:
    services = offered.services_at(branch)
    service = of_slug(services, asked.get("service", ""))
    if branch is None or service is None:
        return Choice(branch, service, {}, {"branch": branch})
    query = {"branch": branch.slug, "service": service.slug}
    day = slot_days.asked_day(asked.get("day", ""), branch.today(now))
    week = availability.free_week(
        branch=branch,
        length=availability.length_of(service),
        service_id=service.pk,
        first=day.first,
        day=day.day,
        trainer_ids=trainer_ids,
        client_id=reader_id,
        now=now,
    )
    strip = slot_days.strip(day, week, branch.zone, query)
    context = {
        "branch": branch,
        "service": service,
        "services": _service_choice(services, query, service),
        "select": _branches(offered, branch),
        "strip": strip,
    }
    query |= {"day": strip["day"].isoformat()}
    return Choice(branch, service, query, context, week, strip["day"])


def _service_choice(
    services: list[Service], query: dict[str, str], chosen: Service
) -> SafeString:
    shown = tuple(
        (
            one.slug,
            one.name,
            one.description,
            one.minutes,
            one.price_minor,
            one.currency,
        )
        for one in services
    )
    key = ("services", query["branch"], chosen.slug, shown)
    return FRAGMENTS.get_or_draw(key, lambda: _draw_choice(services, query, chosen))


def _draw_choice(
    services: list[Service], query: dict[str, str], chosen: Service
) -> SafeString:
    context = {
        "services": [_service_line(one, query, chosen) for one in services],
        "service_shown": _service_line(chosen, query, chosen),
    }
    return fragments.draw("bookings/_service_choice.html", context)


def _service_line(
    service: Service, query: dict[str, str], chosen: Service
) -> dict[str, Any]:
    return {
        "name": service.name,
        "description": service.description,
        "minutes": service.minutes,
        "price": words.price(service),
        "is_chosen": service == chosen,
        "address": "?" + urlencode(query | {"service": service.slug}),
    }

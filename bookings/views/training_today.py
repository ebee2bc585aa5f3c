"""Where a trainer's day begins: today, what is next, the week in figures."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings.models import Trainer
from bookings.models.appointments import AppointmentStatus as Status
from bookings.queries import clients, training_week
from bookings.queries.clients import FollowUp
from bookings.queries.training_week import TrainerTime
from bookings.views import training_rows
from bookings.views.training_pages import trainer_page, training_page
from gymsite.core import money
from gymsite.core.periods import day_name, local_day, monday
from gymsite.web.http import MemberRequest

AHEAD = (Status.BOOKED, Status.CONFIRMED, Status.CHECKED_IN)


@require_safe
@trainer_page
def training_today(request: MemberRequest, me: Trainer) -> HttpResponse:
    now = timezone.now()
    today = me.branch.today(now)
    first = monday(today)
    times = training_week.times(me.pk, first, 14, asked_after=now)
    taken = [
        one for one in times if one.stands and one.kind in ("class", "appointment")
    ]
    following = [one for one in taken if one.starts_at > now and not one.is_request]
    context = {
        "today": f"{today:%A} {today.day} {today:%B}",
        "times": [training_rows.row(one, now) for one in taken if one.day == today],
        "next": following and _next(following[0], today, now),
        "requests": [training_rows.row(one, now) for one in times if one.is_request],
        "blocked": _blocked(times, now),
        "week": _figures([one for one in taken if one.day < first + timedelta(days=7)]),
        "follow_ups": [_follow_up(one) for one in clients.to_follow_up(me.pk, now)],
    }
    return training_page(request, "training_today.html", "today", context)


def _blocked(times: list[TrainerTime], now: datetime) -> list[dict[str, Any]]:
    """The blocks of the next 24 hours that are not over."""
    soon = now + timedelta(days=1)
    blocks = [one for one in times if one.kind == "block" and one.starts_at < soon]
    return [training_rows.row(one, now) for one in blocks if one.ends_at > now]


def _next(time: TrainerTime, today: date, now: datetime) -> dict[str, Any]:
    return training_rows.row(time, now) | {"is_today": time.day == today}


def _figures(taken: list[TrainerTime]) -> dict[str, Any]:
    """Hours of classes and appointments that stand; what completed appointments cost,
    and what those still to come will."""
    agreed = [one for one in taken if one.status != Status.REQUESTED]
    seconds = {
        kind: sum(
            (one.ends_at - one.starts_at).total_seconds()
            for one in agreed
            if one.kind == kind
        )
        for kind in ("class", "appointment")
    }
    return {
        "hours": _hours(sum(seconds.values())),
        "classes": _hours(seconds["class"]),
        "appointments": _hours(seconds["appointment"]),
        "earned": _sum(one for one in agreed if one.status == Status.COMPLETED),
        "to_come": _sum(one for one in agreed if one.status in AHEAD),
    }


def _hours(seconds: float) -> str:
    """8.25 hours as "8:15"."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def _sum(appointments: Iterable[TrainerTime]) -> str:
    """What they cost, one amount for each currency."""
    return money.sums_shown(
        (one.price_minor, one.currency) for one in appointments if one.currency
    )


def _follow_up(client: FollowUp) -> dict[str, Any]:
    last = day_name(local_day(client.last_at, client.zone))
    said = f"Missed {last}" if client.missed else f"Last on {last}"
    after = (
        f"next on {day_name(local_day(client.next_at, client.zone))}"
        if client.next_at
        else "nothing booked"
    )
    return {
        "id": client.client_id,
        "name": client.client,
        "about": f"{said}, {after}",
        "missed": client.missed,
    }

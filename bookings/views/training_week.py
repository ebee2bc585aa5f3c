"""A trainer's week: classes and appointments together, and requests to answer."""

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings.models import Trainer
from bookings.queries import training_week as reads
from bookings.queries.training_week import TrainerTime
from bookings.views import training_rows
from bookings.views.training_pages import trainer_page, training_page
from gymsite.core.periods import day_name, monday, near_day
from gymsite.web.http import MemberRequest

WEEK = timedelta(days=7)


@require_safe
@trainer_page
def training_week(request: MemberRequest, me: Trainer) -> HttpResponse:
    now = timezone.now()
    today = me.branch.today(now)
    first = monday(near_day(request.GET.get("week", ""), today))
    times = reads.times(me.pk, first, 7, asked_after=now)
    days = [first + timedelta(days=n) for n in range(7)]
    shown = [one for one in times if one.stands and first <= one.day < first + WEEK]
    context = {
        "days": [_day(day, today, times, now) for day in days],
        "requests": [training_rows.row(one, now) for one in times if one.is_request],
        "heading": f"{day_name(first)} to {day_name(days[6])}",
        "before": (first - WEEK).isoformat(),
        "after": (first + WEEK).isoformat(),
        "week": first.isoformat(),
        "is_this_week": first == monday(today),
        "classes": sum(one.kind == "class" for one in shown),
        "appointments": sum(one.kind == "appointment" for one in shown),
    }
    return training_page(request, "training_week.html", "week", context)


def _day(
    day: date, today: date, times: list[TrainerTime], now: datetime
) -> dict[str, Any]:
    there = [one for one in times if one.day <= day <= one.last_day]
    return {
        "name": f"{day:%A} {day.day}",
        "is_today": day == today,
        "is_over": day < today,
        "times": [_on(day, one, now) for one in there],
    }


def _on(day: date, time: TrainerTime, now: datetime) -> dict[str, Any]:
    """A row as it stands on a day; time away may go on over several."""
    shown = training_rows.row(time, now)
    if time.kind not in ("class", "appointment"):
        shown["clock"] = training_rows.clock(time, day)
    return shown

"""A week of free times as pages show it: seven days, and the times of one of them."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from bookings.queries.availability import FreeWeek
from bookings.rules.slots import Starts, between
from bookings.views.fragments import FRAGMENTS
from bookings.views.session_rows import part_of
from gymsite.core.periods import clock, day_bounds, day_name, near_day
from gymsite.web import fragments

WEEK = timedelta(days=7)
# (part of the day, [(instant, what clocks show)])
Parts = Sequence[tuple[str, list[tuple[datetime, str]]]]
PARTS = {"morning": "Morning", "midday": "Afternoon", "evening": "Evening"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The day of an address, None where it names none, and the week that it is in:
    weeks are counted from today."""

    today: date
    day: date | None
    first: date

    @property
    def end(self) -> date:
        return self.first + WEEK


def asked_day(text: str, today: date) -> Asked:
    day = max(near_day(text, today), today) if text else None
    weeks = ((day or today) - today).days // 7
    return Asked(today, day, today + weeks * WEEK)


def strip(
    asked: Asked, week: FreeWeek, zone: ZoneInfo, query: dict[str, str]
) -> dict[str, Any]:
    """The week's days, drawn, the day that is shown, and where to go from there.

    ``query`` is the rest of the page's address. Without a day in it the first one with
    a free time is shown.
    """
    last, first = week.last_day, asked.first
    days = [first + timedelta(days=n) for n in range(7)]
    free = tuple(one for one in days if of_day(week.starts, one, zone))
    day = asked.day or (free[0] if free else asked.today)
    later = next((one for one in free if one > day), week.next_day)
    turns = Turns(first > asked.today, bool(last and asked.end <= last))
    return {
        "day": day,
        "day_shown": f"{day:%A} {day.day} {day:%B}",
        "days": FRAGMENTS.get_or_draw(
            ("slot days", *query.items(), first, day, free, turns),
            lambda: _draw_days(first, day, free, turns, query),
        ),
        "next_shown": later and f"{later:%a} {day_name(later)}",
        "next_address": later and _address(query, later),
        "last_shown": last and f"{last:%a} {day_name(last)}",
        "is_beyond": bool(last and day > last),
        "today_address": _address(query, asked.today),
    }


class Turns(NamedTuple):
    """Whether a week before or after this one can be looked at."""

    before: bool
    after: bool


def _draw_days(
    first: date,
    day: date,
    free: tuple[date, ...],
    turns: Turns,
    query: dict[str, str],
) -> SafeString:
    days = [first + timedelta(days=n) for n in range(7)]
    shown = {
        "days": [
            {
                "date": one,
                "address": _address(query, one),
                "is_here": one == day,
                "is_mine": one in free,
                "is_past": one not in free,
            }
            for one in days
        ],
        "before": _address(query, first - WEEK) if turns.before else "",
        "after": _address(query, first + WEEK) if turns.after else "",
    }
    return fragments.draw("bookings/_slot_days.html", {"strip": shown})


def _address(query: dict[str, str], day: date) -> str:
    return "?" + urlencode(query | {"day": day.isoformat()})


def of_day(starts: Starts, day: date, zone: ZoneInfo) -> Starts:
    return between(starts, *day_bounds(day, zone))


def parts_of_day(starts: Starts, day: date, zone: ZoneInfo) -> Parts:
    """The times of a day; ``starts`` are in order."""
    found: dict[str, list[tuple[datetime, str]]] = {}
    for start in of_day(starts, day, zone):
        local = start.astimezone(zone)
        found.setdefault(part_of(local), []).append((start, clock(local)))
    return [(PARTS[part], found[part]) for part in PARTS if part in found]


def times_of_day(
    starts: Starts,
    day: date,
    zone: ZoneInfo,
    page: tuple[Hashable, ...],
    address: Callable[[datetime], str],
    *,
    chosen: datetime | None = None,
) -> SafeString | None:
    """The times of a day, drawn; None without one.

    ``page`` says all that addresses are made of besides the time.
    """
    its = of_day(starts, day, zone)
    here = chosen if chosen in its else None
    if not its:
        return None
    return FRAGMENTS.get_or_draw(
        ("times", *page, zone.key, here, its),
        lambda: _draw_times(its, day, zone, address, here),
    )


def _draw_times(
    starts: Starts,
    day: date,
    zone: ZoneInfo,
    address: Callable[[datetime], str],
    chosen: datetime | None,
) -> SafeString:
    parts = [
        (part, [(address(at), shown, at == chosen) for at, shown in times])
        for part, times in parts_of_day(starts, day, zone)
    ]
    return fragments.draw("bookings/_times.html", {"parts": parts})

"""A week of free times as pages show it: seven days, and the times of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bookings.queries.availability import FreeWeek
from bookings.rules.slots import Starts, between
from bookings.views.session_rows import part_of
from gymsite.core.periods import clock, day_bounds, day_name, near_day

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
    """Context of _slot_days.html: the week's days and the day that is shown.

    ``query`` is the rest of the page's address. Without a day in it the first one with
    a free time is shown.
    """
    last, first = week.last_day, asked.first
    days = [first + timedelta(days=n) for n in range(7)]
    free = [one for one in days if of_day(week.starts, one, zone)]
    day = asked.day or (free[0] if free else asked.today)
    later = next((one for one in free if one > day), week.next_day)
    return {
        "day": day,
        "day_shown": f"{day:%A} {day.day} {day:%B}",
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
        "before": _address(query, first - WEEK) if first > asked.today else "",
        "after": _address(query, asked.end) if last and asked.end <= last else "",
        "next_shown": later and f"{later:%a} {day_name(later)}",
        "next_address": later and _address(query, later),
        "last_shown": last and f"{last:%a} {day_name(last)}",
        "is_beyond": bool(last and day > last),
        "today_address": _address(query, asked.today),
    }


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

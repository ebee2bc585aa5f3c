"""Charts of the staff's start page, drawn as plain SVG marks: the templates add classes, never styles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.urls import reverse

from bookings.queries import staff as timetable
from gymsite.core.models import Branch
from gymsite.core.models.branches import Weekday

KEPT = 300  # seconds
SPAN = timedelta(days=28)
LEFT, TOP = 28, 14


@dataclass(frozen=True, slots=True)
class Mark:
    """One rectangle; ``level`` is 0 (nothing) to 4 (most) and picks its colour."""

    x: float
    y: float
    width: float
    height: float
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Word:
    x: float
    y: float
    text: str
    end: bool = False


@dataclass(slots=True)
class Chart:
    """What is drawn, what it means, and the list that the numbers come from."""

    title: str
    means: str
    summary: str
    url: str
    link: str
    width: int = 420
    height: int = 140
    marks: list[Mark] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not any(mark.level for mark in self.marks)


def charts(branches: Sequence[Branch], now: datetime) -> dict[str, Any]:
    """The charts of these branches, at most KEPT seconds old in each process, and the time that they show."""
    key = "charts:" + ",".join(str(branch.pk) for branch in branches)
    kept = cache.get(key)
    if kept is None:
        kept = {"as_of": now, "charts": draw(branches, now)}
        cache.set(key, kept, KEPT)
    return kept


def draw(branches: Sequence[Branch], now: datetime) -> list[Chart]:
    """Two queries, each bounded to four weeks by an index: check-ins by hour, sessions by day, hour and type."""
    ids, since = [branch.pk for branch in branches], now - SPAN
    visits = timetable.visits_by_hour(ids, since, now)
    taught = timetable.sessions_taught(ids, since, now)
    return [_visits(visits), _occupancy(taught), _by_day(taught), _demand(taught)]


def _visits(visits: dict[tuple[int, int], int]) -> Chart:
    total = sum(visits.values())
    chart = Chart(
        "Check-ins by hour and weekday",
        "All check-ins of the last 28 days, in each branch's own time.",
        f"{total} check-ins in 28 days{_peak(visits)}",
        reverse("admin:bookings_checkin_changelist"),
        "Check-ins",
    )
    _heat(chart, visits, max(visits.values(), default=0), "{} check-ins")
    return chart


def _occupancy(taught: Sequence[timetable.Taught]) -> Chart:
    booked: dict[tuple[int, int], int] = {}
    places: dict[tuple[int, int], int] = {}
    for row in taught:
        slot = (row.day.weekday(), row.hour)
        booked[slot] = booked.get(slot, 0) + row.booked
        places[slot] = places.get(slot, 0) + row.places
    shares = {slot: round(100 * booked[slot] / places[slot]) for slot in places if places[slot]}
    overall = round(100 * sum(booked.values()) / (sum(places.values()) or 1))
    chart = Chart(
        "Occupancy by hour and weekday",
        "Places booked of places offered, in sessions of the last 28 days that took place.",
        f"{overall} % of places were booked{_peak(shares)}",
        reverse("admin:bookings_classsession_changelist") + "?when=past",
        "Sessions",
    )
    _heat(chart, shares, 100, "{} % booked")
    return chart


def _by_day(taught: Sequence[timetable.Taught]) -> Chart:
    days: dict[Any, int] = {}
    for row in taught:
        days[row.day] = days.get(row.day, 0) + row.booked
    chart = Chart(
        "Bookings by day",
        "Places booked in the sessions of each of the last 28 days.",
        f"{sum(days.values())} places booked in 28 days",
        reverse("admin:bookings_booking_changelist"),
        "Bookings",
    )
    most, step = max(days.values(), default=0) or 1, (chart.width - LEFT) / 29
    for place, (day, count) in enumerate(sorted(days.items())):
        tall = round(105 * count / most, 1)
        x = round(LEFT + place * step, 1)
        chart.marks.append(
            Mark(x, 120 - tall, round(step - 2, 1), tall, 2 if day.weekday() > 4 else 4, f"{day:%a %d %b}: {count}")
        )
        if day.weekday() == 0:
            chart.words.append(Word(x, 133, f"{day.day} {day:%b}"))
    chart.words.append(Word(LEFT - 4, 22, str(most), end=True))
    return chart


def _demand(taught: Sequence[timetable.Taught]) -> Chart:
    waited: dict[str, int] = {}
    for row in taught:
        waited[row.class_type] = waited.get(row.class_type, 0) + row.waited
    first = sorted(((count, name) for name, count in waited.items() if count), reverse=True)[:8]
    chart = Chart(
        "Waitlist demand by class type",
        "Turns taken on the waitlists of sessions of the last 28 days: where another class would fill.",
        ", ".join(f"{name} {count}" for count, name in first) or "Nobody waited",
        reverse("admin:bookings_waitlistentry_changelist"),
        "Waitlist entries",
    )
    most = first[0][0] if first else 1
    for place, (count, name) in enumerate(first):
        y, wide = 4 + place * 17, round(240 * count / most, 1)
        chart.marks.append(Mark(130, y, wide, 12, 4, f"{name}: {count}"))
        chart.words += [Word(124, y + 10, name[:24], end=True), Word(134 + wide, y + 10, str(count))]
    return chart


def _heat(chart: Chart, values: dict[tuple[int, int], int], most: int, said: str) -> None:
    """Seven rows of hours, from the first to the last that has a value."""
    hours = [hour for _, hour in values] or [0]
    first, last = min(hours), max(hours)
    step = (chart.width - LEFT) / (last - first + 1)
    for day, name in enumerate(Weekday.labels):
        chart.words.append(Word(LEFT - 4, TOP + day * 18 + 12, name[:3], end=True))
        for hour in range(first, last + 1):
            value = values.get((day, hour), 0)
            chart.marks.append(
                Mark(
                    round(LEFT + (hour - first) * step, 1),
                    TOP + day * 18,
                    round(step - 1.5, 1),
                    16,
                    min(4, -(-4 * value // most)) if most else 0,
                    f"{name} {hour:02d}:00: {said.format(value)}",
                )
            )
    chart.words += [Word(round(LEFT + (hour - first) * step, 1), 9, f"{hour:02d}") for hour in range(first, last + 1)]


def _peak(values: dict[tuple[int, int], int]) -> str:
    if not values:
        return ""
    day, hour = max(values, key=values.__getitem__)
    return f", most on {Weekday.labels[day]} at {hour:02d}:00"

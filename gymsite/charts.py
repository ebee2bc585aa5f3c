"""Charts of the staff's start page: what each shows, says and links to. gymsite.core.charts draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from bookings.queries import staff as timetable
from gymsite.core.charts import bar_chart, column_chart, heat_map
from gymsite.core.fragments import MEGABYTE, Fragments
from gymsite.core.models import Branch
from gymsite.core.models.branches import Weekday

KEPT = 300  # seconds
FRAGMENTS = Fragments("charts", most_bytes=4 * MEGABYTE)
SPAN = timedelta(days=28)
NAMED = 8


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn ("" where there is nothing to draw), what it means, and the list that the numbers come from."""

    title: str
    means: str
    picture: SafeString
    url: str
    link: str


def charts(branches: Sequence[Branch], now: datetime) -> dict[str, Any]:
    """The charts of these branches, at most KEPT seconds old in each process, and the time that they show."""
    key = (now.timestamp() // KEPT, tuple(branch.pk for branch in branches))
    return FRAGMENTS.get_or_draw(key, lambda: {"as_of": now, "charts": draw(branches, now)})


def draw(branches: Sequence[Branch], now: datetime) -> list[Chart]:
    """Two queries, each bounded to four weeks by an index: check-ins by hour, sessions by day, hour and type."""
    ids, since = [branch.pk for branch in branches], now - SPAN
    visits = timetable.visits_by_hour(ids, since, now)
    taught = timetable.sessions_taught(ids, since, now)
    return [_visits(visits), _occupancy(taught), _by_day(taught), _demand(taught)]


def _visits(visits: dict[tuple[int, int], int]) -> Chart:
    summary = f"{sum(visits.values())} check-ins in 28 days{_peak(visits)}"
    return Chart(
        "Check-ins by hour and weekday",
        "All check-ins of the last 28 days, in each branch's own time.",
        heat_map(summary, visits, "{} check-ins"),
        reverse("admin:bookings_checkin_changelist"),
        "Check-ins",
    )


def _occupancy(taught: Sequence[timetable.Taught]) -> Chart:
    booked: dict[tuple[int, int], int] = {}
    places: dict[tuple[int, int], int] = {}
    for row in taught:
        slot = (row.day.weekday(), row.hour)
        booked[slot] = booked.get(slot, 0) + row.booked
        places[slot] = places.get(slot, 0) + row.places
    shares = {slot: round(100 * booked[slot] / places[slot]) for slot in places if places[slot]}
    overall = round(100 * sum(booked.values()) / (sum(places.values()) or 1))
    return Chart(
        "Occupancy by hour and weekday",
        "Places booked of places offered, in sessions of the last 28 days that took place.",
        heat_map(f"{overall} % of places were booked{_peak(shares)}", shares, "{} % booked", most=100),
        reverse("admin:bookings_classsession_changelist") + "?when=past",
        "Sessions",
    )


def _by_day(taught: Sequence[timetable.Taught]) -> Chart:
    days: dict[date, int] = {}
    for row in taught:
        days[row.day] = days.get(row.day, 0) + row.booked
    return Chart(
        "Bookings by day",
        "Places booked in the sessions of each of the last 28 days; weekends are lighter.",
        column_chart(f"{sum(days.values())} places booked in 28 days", days, "{} places"),
        reverse("admin:bookings_booking_changelist"),
        "Bookings",
    )


def _demand(taught: Sequence[timetable.Taught]) -> Chart:
    waited: dict[str, int] = {}
    for row in taught:
        waited[row.class_type] = waited.get(row.class_type, 0) + row.waited
    first = sorted(((name, count) for name, count in waited.items() if count), key=lambda pair: (-pair[1], pair[0]))
    most = first[:NAMED]
    return Chart(
        "Waitlist demand by class type",
        "Turns taken on the waitlists of sessions of the last 28 days: where another class would fill.",
        bar_chart(", ".join(f"{name} {count}" for name, count in most), most, "{} turns"),
        reverse("admin:bookings_waitlistentry_changelist"),
        "Waitlist entries",
    )


def _peak(values: dict[tuple[int, int], int]) -> str:
    if not values:
        return ""
    day, hour = max(values, key=values.__getitem__)
    return f", most on {Weekday.labels[day]} at {hour:02d}:00"

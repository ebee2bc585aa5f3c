"""The start page's queues of classes that need staff, and its four charts."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse

from bookings.models import ClassSession
from bookings.queries import staff
from gymsite.backoffice.dashboard import Chart, Queue, Rows
from gymsite.core.models import Branch
from gymsite.core.models.branches import Weekday
from gymsite.web.charts import bar_chart, column_chart, heat_map

WEEK = timedelta(days=7)
SPAN = timedelta(days=28)
NAMED = 8


def _sessions(condition: Q) -> Rows:
    def rows(branches: Sequence[Branch], now: datetime) -> QuerySet:
        # bookings_session_by_time
        ahead = ClassSession.objects.filter(
            starts_at__gte=now, starts_at__lt=now + WEEK
        )
        return ahead.filter(condition, branch__in=branches)

    return rows


QUEUES = (
    Queue(
        "Sessions without a trainer",
        "In the next 7 days, with a trainer who does not work here any more.",
        "bookings.classsession",
        {"needs": "trainer", "when": "week"},
        _sessions(staff.NEEDS_TRAINER),
    ),
    Queue(
        "Classes without a session",
        "Weekly classes with none in the next 7 days; the list says why of each.",
        "bookings.gymclass",
        {"needs": "session"},
        lambda branches, now: staff.without_session(now).filter(branch__in=branches),
    ),
    Queue(
        "Free places, people waiting",
        "Sessions of the next 7 days that have both.",
        "bookings.classsession",
        {"needs": "filling", "when": "week"},
        _sessions(staff.PLACES_FOR_THE_WAITING),
    ),
)


def charts(branches: Sequence[Branch], now: datetime) -> list[Chart]:
    """Two queries, each bounded to four weeks by an index."""
    ids, since = [branch.pk for branch in branches], now - SPAN
    visits = staff.visits_by_hour(ids, since, now)
    taught = staff.sessions_taught(ids, since, now)
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


def _occupancy(taught: Sequence[staff.Taught]) -> Chart:
    booked: dict[tuple[int, int], int] = {}
    places: dict[tuple[int, int], int] = {}
    for row in taught:
        slot = (row.day.weekday(), row.hour)
        booked[slot] = booked.get(slot, 0) + row.booked
        places[slot] = places.get(slot, 0) + row.places
    shares = {
        slot: round(100 * booked[slot] / places[slot])
        for slot in places
        if places[slot]
    }
    overall = round(100 * sum(booked.values()) / (sum(places.values()) or 1))
    return Chart(
        "Occupancy by hour and weekday",
        (
            "Places booked of places offered, in sessions of the last 28 days that "
            "took place."
        ),
        heat_map(
            f"{overall} % of places were booked{_peak(shares)}",
            shares,
            "{} % booked",
            most=100,
        ),
        reverse("admin:bookings_classsession_changelist") + "?when=past",
        "Sessions",
    )


def _by_day(taught: Sequence[staff.Taught]) -> Chart:
    days: dict[date, int] = {}
    for row in taught:
        days[row.day] = days.get(row.day, 0) + row.booked
    return Chart(
        "Bookings by day",
        (
            "Places booked in the sessions of each of the last 28 days; weekends are "
            "lighter."
        ),
        column_chart(
            f"{sum(days.values())} places booked in 28 days", days, "{} places"
        ),
        reverse("admin:bookings_booking_changelist"),
        "Bookings",
    )


def _demand(taught: Sequence[staff.Taught]) -> Chart:
    waited: dict[str, int] = {}
    for row in taught:
        waited[row.class_type] = waited.get(row.class_type, 0) + row.waited
    first = sorted(
        ((name, count) for name, count in waited.items() if count),
        key=lambda pair: (-pair[1], pair[0]),
    )
    most = first[:NAMED]
    return Chart(
        "Waitlist demand by class type",
        (
            "Turns taken on the waitlists of sessions of the last 28 days: where "
            "another class would fill."
        ),
        bar_chart(
            ", ".join(f"{name} {count}" for name, count in most), most, "{} turns"
        ),
        reverse("admin:bookings_waitlistentry_changelist"),
        "Waitlist entries",
    )


def _peak(values: dict[tuple[int, int], int]) -> str:
    if not values:
        return ""
    day, hour = max(values, key=values.__getitem__)
    return f", most on {Weekday.labels[day]} at {hour:02d}:00"

"""Appointments as their trainer and their client see them."""

from datetime import UTC, date, datetime, timedelta

from django.db.models import QuerySet

from bookings.models import OCCUPIES, Appointment
from gymsite.core.periods import day_bounds

_LONGEST = timedelta(minutes=600)  # bookings_appointment_lasts
_SHOWN = ("trainer", "client", "service", "room", "branch")
NEXT = 12


def appointments() -> QuerySet[Appointment]:
    """Every appointment with what a row shows."""
    return Appointment.objects.select_related(*_SHOWN)


def week(trainer_id: int, first: date) -> QuerySet[Appointment]:
    """A trainer's appointments about the seven dates from ``first`` on, whatever the
    zone, a day before and after included (bookings_appt_trainer_time)."""
    start, _ = day_bounds(first - timedelta(days=1), UTC)
    _, end = day_bounds(first + timedelta(days=7), UTC)
    between = appointments().filter(starts_at__gte=start, starts_at__lt=end)
    return between.filter(trainer_id=trainer_id).order_by("starts_at")


def next_ones(trainer_id: int, now: datetime) -> QuerySet[Appointment]:
    """What a trainer has next (bookings_appt_trainer_time)."""
    ahead = appointments().filter(trainer_id=trainer_id, status__in=OCCUPIES)
    return ahead.filter(starts_at__gt=now).order_by("starts_at")[:NEXT]


def upcoming(client_id: int, now: datetime) -> QuerySet[Appointment]:
    """A client's ahead, or running now, soonest first (bookings_appt_client_time)."""
    about = appointments().filter(client_id=client_id, starts_at__gt=now - _LONGEST)
    ahead = about.filter(ends_at__gt=now, status__in=OCCUPIES)
    return ahead.order_by("starts_at", "id")


def past(client_id: int, now: datetime) -> QuerySet[Appointment]:
    """A client's that were, newest first; page them by (starts_at, id)."""
    were = appointments().filter(client_id=client_id, starts_at__lte=now)
    return were.order_by("-starts_at", "-id")


def by_reference(reference: str, client_id: int) -> Appointment | None:
    """One of the client's own appointments."""
    mine = appointments().filter(client_id=client_id)
    return mine.filter(reference=reference).first()

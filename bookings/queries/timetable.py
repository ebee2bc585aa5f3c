"""Sessions in order of time."""

from datetime import date, datetime

from django.db.models import QuerySet

from ..models import ClassSession


def sessions() -> QuerySet[ClassSession]:
    """Sessions with what a row of the timetable shows."""
    return ClassSession.objects.select_related("gym_class__class_type", "room", "trainer", "branch", "substitute_for")


def day(branch_id: int, on: date) -> QuerySet[ClassSession]:
    """One branch's day in order (bookings_session_branch_day)."""
    return sessions().filter(branch_id=branch_id, session_date=on).order_by("starts_at", "id")


def upcoming(now: datetime) -> QuerySet[ClassSession]:
    """All branches' scheduled sessions ahead; page by keyset on (starts_at, id), bookings_session_by_time."""
    return sessions().filter(starts_at__gt=now, status=ClassSession.Status.SCHEDULED)

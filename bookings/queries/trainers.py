"""Trainers as members see them, and a trainer's own week."""

from datetime import UTC, date, datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from bookings.models import HOLDS_PLACE, Booking, ClassSession, Trainer
from bookings.queries.sessions import sessions
from gymsite.core.periods import day_bounds
from gymsite.core.search import folded

NEXT = 12


def team() -> QuerySet[Trainer]:
    return (
        Trainer.objects.filter(is_active=True)
        .select_related("branch")
        .order_by(folded("name"), "id")
    )


def next_sessions(trainer_id: int, now: datetime) -> QuerySet[ClassSession]:
    """What a trainer teaches next (bookings_session_trainer_time)."""
    ahead = sessions().filter(
        trainer_id=trainer_id, starts_at__gt=now, status=ClassSession.Status.SCHEDULED
    )
    return ahead.order_by("starts_at")[:NEXT]


def week(trainer_id: int, first: date) -> QuerySet[ClassSession]:
    """What a trainer teaches on the seven dates from ``first`` on
    (bookings_session_trainer_time)."""
    start, end = (
        day_bounds(first - timedelta(days=1), UTC)[0],
        day_bounds(first + timedelta(days=7), UTC)[1],
    )
    dated = sessions().filter(
        trainer_id=trainer_id, session_date__range=(first, first + timedelta(days=6))
    )
    return dated.filter(starts_at__gte=start, starts_at__lt=end).order_by("starts_at")


def roster(session_id: int) -> QuerySet[Booking]:
    """Who has a place, by name, each with ``is_first``: has never attended before
    (bookings_booking_session)."""
    before = Booking.objects.filter(
        member=OuterRef("member"),
        status=Booking.Status.ATTENDED,
        starts_at__lt=OuterRef("starts_at"),
    )
    return (
        Booking.objects.filter(session_id=session_id, status__in=HOLDS_PLACE)
        .select_related("member", "policy")
        .annotate(is_first=~Exists(before))
        .order_by(folded("member__first_name", "member__last_name"), "id")
    )

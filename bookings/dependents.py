"""What of the timetable hangs on an account, a room, a trainer, a class or a branch."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from bookings.models import (
    HOLDS_PLACE,
    Appointment,
    Booking,
    ClassSession,
    GymClass,
    WaitlistEntry,
)
from gymsite.core.dependents import Dependent, declare

CALLED_OFF = "called off, everybody is told"
CANCELLED = "cancelled free of charge, their clients are told"
CHOSEN = "as you choose below"


def register() -> None:
    declare(
        "core.user",
        Dependent("Bookings ahead", "cancelled, the next in line move up", places_of),
        Dependent("Waitlists", "left", turns_of),
        Dependent("Appointments ahead", "cancelled", appointments_of),
        Dependent("Classes to teach", "stay, they need a substitute", taught_by),
    )

    for parent, becomes in (
        ("core.branch", CANCELLED),
        ("bookings.room", CANCELLED),
        ("bookings.trainer", CHOSEN),
    ):
        declare(parent, _appointments(parent.rpartition(".")[2], becomes))
    declare("bookings.room", *_sessions("room", CALLED_OFF), _classes("room"))
    declare("core.branch", *_sessions("branch", CALLED_OFF), _classes("branch"))
    declare("bookings.trainer", *_sessions("trainer", CHOSEN), _classes("trainer"))
    declare("bookings.gymclass", *_sessions("gym_class", CHOSEN))


def _sessions(parent: str, becomes: str) -> tuple[Dependent, ...]:
    """The sessions ahead of a parent, and whom it concerns."""

    def ahead(keys: Sequence[int], now: datetime) -> QuerySet[ClassSession]:
        scheduled = ClassSession.objects.filter(status=ClassSession.Status.SCHEDULED)
        return scheduled.filter(**{f"{parent}__in": keys}, starts_at__gt=now)

    def booked(keys: Sequence[int], now: datetime) -> QuerySet[Booking]:
        held = Booking.objects.filter(status__in=HOLDS_PLACE)
        return held.filter(session__in=ahead(keys, now))

    def waiting(keys: Sequence[int], now: datetime) -> QuerySet[WaitlistEntry]:
        line = WaitlistEntry.objects.filter(status=WaitlistEntry.Status.WAITING)
        return line.filter(session__in=ahead(keys, now))

    return (
        Dependent("Sessions ahead", becomes, ahead),
        Dependent("Booked in them", becomes, booked),
        Dependent("Waiting for them", becomes, waiting),
    )


def _classes(parent: str) -> Dependent:
    def active(keys: Sequence[int], now: datetime) -> QuerySet[GymClass]:
        classes = GymClass.objects.filter(status=GymClass.Status.ACTIVE)
        return classes.filter(**{f"{parent}__in": keys})

    return Dependent("Weekly classes", "get no new sessions", active)


def appointments_stand() -> QuerySet[Appointment]:
    return Appointment.objects.filter(status__in=Appointment.STANDS)


def _appointments(parent: str, becomes: str) -> Dependent:
    def ahead(keys: Sequence[int], now: datetime) -> QuerySet[Appointment]:
        hang = appointments_stand().filter(**{f"{parent}__in": keys})
        return hang.filter(starts_at__gt=now)

    return Dependent("Appointments ahead", becomes, ahead)


def appointments_of(clients: Sequence[int], now: datetime) -> QuerySet[Appointment]:
    """Their appointments ahead (bookings_appt_client_time)."""
    return appointments_stand().filter(client__in=clients, starts_at__gt=now)


def places_of(members: Sequence[int], now: datetime) -> QuerySet[Booking]:
    """Their bookings ahead (bookings_booking_member_time)."""
    booked = Booking.objects.filter(status=Booking.Status.BOOKED, starts_at__gt=now)
    return booked.filter(member__in=members)


def turns_of(members: Sequence[int], now: datetime) -> QuerySet[WaitlistEntry]:
    """Whose turn they wait for (bookings_waitlist_member)."""
    waiting = WaitlistEntry.objects.filter(status=WaitlistEntry.Status.WAITING)
    return waiting.filter(member__in=members)


def taught_by(users: Sequence[int], now: datetime) -> QuerySet[ClassSession]:
    """What they teach ahead (bookings_session_trainer_time)."""
    scheduled = ClassSession.objects.filter(status=ClassSession.Status.SCHEDULED)
    return scheduled.filter(trainer__user__in=users, starts_at__gt=now)

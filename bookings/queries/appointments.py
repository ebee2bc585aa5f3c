"""Appointments as their trainer and their client see them."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from bookings.models import OCCUPIES, Appointment, Room, Service, Trainer
from gymsite.core.models import Branch
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements
from gymsite.web.page_header import PageHeader, header_of

_LONGEST = timedelta(minutes=600)  # bookings_appointment_lasts
SQL = statements("bookings", "appointments")
_SHOWN = ("trainer", "client", "service", "room", "branch")
NEXT = 12


def appointments() -> QuerySet[Appointment]:
    """Every appointment with what a row shows."""
    return Appointment.objects.select_related(*_SHOWN)


def next_ones(trainer_id: int, now: datetime) -> QuerySet[Appointment]:
    """What a trainer has next (bookings_appt_trainer_time)."""
    ahead = appointments().filter(trainer_id=trainer_id, status__in=OCCUPIES)
    return ahead.filter(starts_at__gt=now).order_by("starts_at")[:NEXT]


def upcoming(client_id: int, now: datetime) -> QuerySet[Appointment]:
    """A client's ahead, or running now, soonest first (bookings_appt_client_time)."""
    about = appointments().filter(client_id=client_id, starts_at__gt=now - _LONGEST)
    ahead = about.filter(ends_at__gt=now, status__in=OCCUPIES)
    return ahead.order_by("starts_at", "id")


def ahead(client_id: int, now: datetime) -> tuple[PageHeader, list[Appointment]]:
    """The page's header, and ``upcoming`` with what a row shows; one statement."""
    row = fetch_one(SQL.ahead, {"client": client_id, "now": now})
    header = header_of(row.name, row.hue, row.currency, row.unread)
    return header, [_shown(one) for one in row.appointments or ()]


def _shown(row: dict[str, Any]) -> Appointment:
    """An appointment of a statement's JSON, with no more than is in it."""
    room = row.pop("room")
    return Appointment(
        service=Service(name=row.pop("service")),
        trainer=Trainer(name=row.pop("trainer")),
        room=Room(name=room) if room else None,
        branch=Branch(name=row.pop("branch"), time_zone=row["time_zone"]),
        starts_at=datetime.fromisoformat(row.pop("starts_at")),
        free_until=datetime.fromisoformat(row.pop("free_until")),
        **row,
    )


def past(client_id: int, now: datetime) -> QuerySet[Appointment]:
    """A client's that were, newest first; page them by (starts_at, id)."""
    were = appointments().filter(client_id=client_id, starts_at__lte=now)
    return were.order_by("-starts_at", "-id")


def by_reference(reference: str, client_id: int) -> Appointment | None:
    """One of the client's own appointments."""
    mine = (
        appointments().filter(client_id=client_id).select_related("payment", "policy")
    )
    return mine.filter(reference=reference).first()


def to_move(reference: str, client_id: int) -> tuple[PageHeader, Appointment | None]:
    """The page's header, and one of the client's own appointments with what its free
    times come of; one statement."""
    row = fetch_one(SQL.to_move, {"client": client_id, "reference": reference})
    header = header_of(row.brand, row.hue, row.brand_currency, row.unread)
    return header, None if row.id is None else _movable(row)


def _movable(row: Any) -> Appointment:
    return Appointment(
        id=row.id,
        reference=row.reference,
        status=row.status,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        busy_from=row.busy_from,
        busy_until=row.busy_until,
        free_until=row.free_until,
        client_id=row.client_id,
        trainer=Trainer(id=row.trainer_id, name=row.trainer),
        service=Service(name=row.service, raster_minutes=row.raster_minutes),
        branch=Branch(id=row.branch_id, time_zone=row.time_zone),
    )


def of_trainer(trainer_id: int, reference: str) -> Appointment | None:
    """One of a trainer's appointments, with its rules and its payment."""
    own = appointments().select_related("policy", "payment")
    return own.filter(trainer_id=trainer_id, reference=reference).first()


def in_the_way(
    trainer_id: int, starts_at: datetime, ends_at: datetime
) -> QuerySet[Appointment]:
    """The first of a trainer's appointments that take, buffers included, some of a time
    (bookings_appointment_trainer_free)."""
    meets = Q(busy_from__lt=ends_at, busy_until__gt=starts_at)
    held = appointments().filter(meets, trainer_id=trainer_id, status__in=OCCUPIES)
    about = held.filter(starts_at__gt=starts_at - timedelta(days=1))
    return about.order_by("starts_at")[:NEXT]


def as_rows() -> QuerySet[Any]:
    """Every appointment as bare values, for lists of many."""
    return Appointment.objects.values_list(
        "id",
        "reference",
        "status",
        "branch_id",
        "branch__name",
        "trainer_id",
        "trainer__name",
        "trainer__user_id",
        "client_id",
        "client__first_name",
        "client__last_name",
        "service_id",
        "service__name",
        "room_id",
        "room__name",
        "starts_at",
        "ends_at",
        "time_zone",
        "price_minor",
        "currency",
        "payment_id",
        "payment__status",
        "allowance_id",
        "booked_at",
        "free_until",
        "cancelled_at",
        "cancel_reason",
        "note",
        named=True,
    )


_CLIENT = (
    "client_id",
    "client__first_name",
    "client__last_name",
    "latest_at",
    "last_at",
    "next_at",
    "completed",
)


def clients(trainer_id: int, now: datetime) -> QuerySet[Any]:
    """Whom a trainer trains or has trained, each with how many appointments were
    completed, the latest that has begun and the next one; page them by
    (-latest_at, -client_id). ``latest_at`` is that of any appointment, so that who has
    only one ahead is there (bookings_appt_trainer_time)."""
    stands = Q(status__in=OCCUPIES)
    return (
        Appointment.objects.filter(trainer_id=trainer_id)
        .values("client_id", "client__first_name", "client__last_name")
        .annotate(
            latest_at=Max("starts_at"),
            last_at=Max("starts_at", filter=stands & Q(starts_at__lte=now)),
            next_at=Min("starts_at", filter=stands & Q(starts_at__gt=now)),
            completed=Count("id", filter=Q(status="completed")),
        )
        .values_list(*_CLIENT, named=True)
    )

"""The people who have appointments with a trainer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat, JSONObject, NullIf, Trim

from bookings.models import Appointment, Service, Trainer
from bookings.queries import appointments
from gymsite.core import search
from gymsite.core.models import User
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("bookings", "clients")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A client who may want a word: when they last had an appointment, whether they
    missed it, and when the next one is, None where there is none."""

    client_id: int
    client: str
    missed: bool
    last_at: datetime
    time_zone: str
    next_at: datetime | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def to_follow_up(trainer_id: int, now: datetime) -> list[FollowUp]:
    """At most twelve of a trainer's clients of the last 60 days, the latest first: who
    missed the last appointment, or has none booked within 14 days after it."""
    return fetch_all(SQL.to_follow_up, {"trainer": trainer_id, "now": now}, FollowUp)


def ids(trainer_id: int) -> QuerySet[Any]:
    """Everybody who has or had an appointment with a trainer."""
    return Appointment.objects.filter(trainer_id=trainer_id).values("client_id")


def found(trainer_id: int, text: str, now: datetime) -> QuerySet[Any]:
    """A trainer's clients, with a text those of that name, as ``clients`` of
    bookings.queries.appointments has them."""
    rows = appointments.clients(trainer_id, now)
    if not text.strip():
        return rows
    people = User.objects.filter(pk__in=ids(trainer_id))
    named = search.find(people, text, "first_name", "last_name")
    return rows.filter(client_id__in=named.values("pk"))


def history(trainer_id: int, client_id: int) -> QuerySet[Appointment]:
    """A client's appointments with one trainer; page them by (-starts_at, -id)
    (bookings_appt_client_time)."""
    rows = appointments.appointments()
    return rows.filter(client_id=client_id, trainer_id=trainer_id)


def to_book(user_id: int, client_id: int) -> Trainer | None:
    """A trainer's own row, with what booking for a client of theirs needs:
    ``client_name``, None for somebody who is no client, and ``offered``, the services
    of their branch that they give, as dicts."""
    client = User.objects.filter(pk=client_id, is_active=True).filter(
        Exists(
            Appointment.objects.filter(
                trainer=OuterRef(OuterRef("pk")), client=OuterRef("pk")
            )
        )
    )
    name = Coalesce(
        NullIf(Trim(Concat("first_name", Value(" "), "last_name")), Value("")),
        F("username"),
    )
    offered = Service.objects.filter(
        Q(branch=None) | Q(branch=OuterRef("branch_id")),
        is_active=True,
        given_by__trainer=OuterRef("pk"),
    )
    as_dict = JSONObject(**{field: F(field) for field in _OF_SERVICE})
    return (
        Trainer.objects.select_related("branch")
        .filter(user=user_id)
        .annotate(
            client_name=Subquery(client.annotate(said=name).values("said")),
            offered=ArraySubquery(
                offered.order_by("name", "id").values(one=as_dict)[:50]
            ),
        )
        .first()
    )


_OF_SERVICE = (
    "id",
    "branch_id",
    "name",
    "minutes",
    "buffer_before_minutes",
    "buffer_after_minutes",
    "raster_minutes",
    "price_minor",
    "currency",
)

"""A trainer's own time: classes, appointments, time away, in one statement."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bookings.models.appointments import ENDED
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("bookings", "training_week")
AWAY = ("holiday", "block")


@dataclass(frozen=True, slots=True)
class TrainerTime:
    """One thing that a trainer has: a class, an appointment, or (``kind`` holiday,
    block or extra) an exception of their hours, from ``day`` to ``last_day`` there.

    ``client``, ``reference``, ``note`` and the price are an appointment's, ``client``
    with buffers left out; places and ``substitute_for`` are a class's. ``name`` is the
    class's, the service's or the reason. From ``opens_at`` on a client is checked in.
    """

    kind: str
    id: int
    reference: str
    status: str
    day: date
    last_day: date
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    time_zone: str
    name: str
    client: str | None
    client_id: int | None
    room: str | None
    branch: str
    booked_count: int
    capacity: int
    waitlist_length: int
    substitute_for: str | None
    price_minor: int
    currency: str
    note: str
    sequence: int
    changed_at: datetime
    is_request: bool

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def stands(self) -> bool:
        """Whether it takes the trainer's time, or did."""
        return self.status not in ENDED


def times(
    trainer_id: int, first: date, days: int, *, asked_after: datetime | None = None
) -> list[TrainerTime]:
    """What a trainer has on so many dates from ``first`` on, by time; with
    ``asked_after`` also every request (``is_request``) that starts later than that."""
    values = {
        "trainer": trainer_id,
        "first": first,
        "last": first + timedelta(days=days - 1),
        "asked_after": asked_after,
    }
    return fetch_all(SQL.times, values, TrainerTime)

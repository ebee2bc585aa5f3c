"""When trainers can be booked: hours less what takes their time, in two statements for
one trainer or for all of a branch."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from bookings.models import Appointment, Availability, AvailabilityException, Service
from bookings.rules import slots
from bookings.rules.appointments import AppointmentFacts, AppointmentPolicy
from bookings.rules.slots import Hours, Length, Span
from gymsite.core.models import Branch
from gymsite.core.periods import FURTHEST, day_bounds, local_day
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("bookings", "availability")
LONGEST_LIST = 31  # days of one list
LOOKED_AHEAD = timedelta(days=70)
TRAINERS = ("class", "appointment", "away")  # what takes a trainer's time


@dataclass(frozen=True, slots=True)
class TrainerSlots:
    """The instants at which an appointment with a trainer may start, in order."""

    trainer_id: int
    trainer_name: str
    starts: tuple[datetime, ...]
    trainer_slug: str = ""
    specialities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FreeWeek:
    """Free times of a week, by trainer; where none is left from the day that was asked
    for on, the next day that has one. Nothing is booked later than on ``last_day``."""

    trainers: list[TrainerSlots]
    next_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Week:
    """What was read of the trainers of a branch for some days; ``taken`` by trainer and
    kind."""

    branch: Branch
    days: list[date]
    trainers: list[Any]
    taken: dict[tuple[int | None, str], list[Span]]

    def spans(self, trainer_id: int | None, *kinds: str) -> list[Span]:
        return [
            span for kind in kinds for span in self.taken.get((trainer_id, kind), ())
        ]

    @cached_property
    def opening(self) -> list[Span] | None:
        """The branch's hours; None where it names none."""
        hours = read_hours(self.trainers[0].opening)
        return slots.windows(hours, self.days, self.branch.zone) if hours else None

    @property
    def policy(self) -> AppointmentPolicy:
        return AppointmentPolicy(**self.trainers[0].policy)

    def working(self, row: Any) -> list[Span]:
        """A trainer's hours with the extra ones, within the branch's."""
        hours = slots.windows(read_hours(row.rules), self.days, self.branch.zone)
        works = slots.merged([*hours, *self.spans(row.trainer_id, "extra")])
        return works if self.opening is None else slots.both(works, self.opening)

    def starts(
        self, row: Any, on: list[datetime], length: Length
    ) -> Iterator[datetime]:
        """When an appointment with a trainer may start; each as it is asked for."""
        taken = self.spans(row.trainer_id, *TRAINERS)
        return slots.starts(
            on, self.working(row), taken, self.spans(None, "client"), length
        )


def free_slots(
    *,
    branch: Branch,
    service: Service,
    first: date,
    days: int = 7,
    trainer_id: int | None = None,
    client_id: int | None = None,
    now: datetime,
) -> list[TrainerSlots]:
    """When a service can be booked at a branch on ``days`` of its dates from ``first``
    on (31 at most), trainer by trainer, by name; a client's own classes and
    appointments are left out.

    Times are instants, on the service's raster in the branch's wall time, from the
    policy's notice to its horizon. No trainer who takes none or does not give the
    service, and nothing of one that is switched off or of another branch.
    """
    if not is_sold(service, branch) or abs(first - branch.today(now)) > FURTHEST:
        return []
    dates = slots.dates(first, min(days, LONGEST_LIST))
    whose = None if trainer_id is None else [trainer_id]
    trainers = _hours(branch, dates[0], dates[-1], whose, service.pk)
    week = _week(branch, dates, trainers, client_id=client_id)
    return _free(week, dates, length_of(service), now)


def is_sold(service: Service, branch: Branch) -> bool:
    here = service.branch_id in (None, branch.pk)
    return here and service.is_active and branch.is_active


def free_week(
    *,
    branch: Branch,
    length: Length,
    service_id: int | None,
    first: date,
    day: date | None = None,
    trainer_ids: list[int] | None = None,
    client_id: int | None = None,
    besides: int | None = None,
    now: datetime,
) -> FreeWeek:
    """Free times of seven dates as ``free_slots`` has them, of those who give a
    service, or without one for what takes ``length`` and, ``besides`` itself, is moved.

    Two statements; a third where the week has none from ``day`` on. ``first`` is within
    400 days.
    """
    until = first + LOOKED_AHEAD
    trainers = _hours(branch, first, until, trainer_ids, service_id)
    if not trainers:
        return FreeWeek([])
    dates = slots.dates(first, 7)
    whose = {"client_id": client_id, "besides": besides}
    free = _free(_week(branch, dates, trainers, **whose), dates, length, now)
    last = AppointmentPolicy(**trainers[0].policy).last_day(now, branch.zone)
    later = (min(last, until) - dates[-1]).days
    latest = max((one.starts[-1] for one in free if one.starts), default=None)
    has_one = latest and local_day(latest, branch.zone) >= (day or first)
    if later <= 0 or has_one:
        return FreeWeek(free, last_day=last)
    rest = slots.dates(dates[-1] + slots.DAY, later)
    ahead = _week(branch, rest, trainers, **whose)
    return FreeWeek(free, _first_day(ahead, rest, length, now), last)


def next_free(
    *,
    branch: Branch,
    services: list[Service],
    trainer_ids: list[int],
    client_id: int | None,
    now: datetime,
) -> dict[int, datetime]:
    """The first free time of each trainer within two weeks for the first of the
    services that they give, where there is one; two statements."""
    dates = slots.dates(branch.today(now), 14)
    trainers = _hours(branch, dates[0], dates[-1], trainer_ids) if trainer_ids else []
    week = _week(branch, dates, trainers, client_id=client_id)
    found: dict[int, datetime] = {}
    on: dict[int, list[datetime]] = {}  # by raster
    for row in trainers:
        given = next((one for one in services if one.pk in row.gives), None)
        if given is None:
            continue
        length = length_of(given)
        if length.raster not in on:
            on[length.raster] = week.policy.on(dates, length.raster, branch.zone, now)
        if start := next(week.starts(row, on[length.raster], length), None):
            found[row.trainer_id] = start
    return found


def _free(
    week: Week, dates: list[date], length: Length, now: datetime
) -> list[TrainerSlots]:
    if not week.trainers:
        return []
    on = week.policy.on(dates, length.raster, week.branch.zone, now)
    return [
        TrainerSlots(
            row.trainer_id,
            row.trainer_name,
            tuple(week.starts(row, on, length)),
            row.trainer_slug,
            tuple(row.specialities),
        )
        for row in week.trainers
    ]


def _first_day(
    week: Week, dates: list[date], length: Length, now: datetime
) -> date | None:
    on = week.policy.on(dates, length.raster, week.branch.zone, now)
    firsts = (next(week.starts(row, on, length), None) for row in week.trainers)
    found = [start for start in firsts if start]
    return local_day(min(found), week.branch.zone) if found else None


def facts(
    *,
    branch: Branch,
    trainer_id: int,
    client_id: int | None,
    length: Length,
    service: Service | None,
    starts_at: datetime,
    besides: int | None = None,
    now: datetime,
) -> AppointmentFacts | None:
    """What the rules look at before an appointment of a service is booked or,
    ``besides`` itself and without a service, moved; None where the trainer or the
    branch is switched off. ``starts_at`` is within 400 days."""
    day = local_day(starts_at, branch.zone)
    trainers = _hours(branch, day, day, [trainer_id])
    if not trainers:
        return None
    week = _week(branch, [day], trainers, client_id=client_id, besides=besides)
    (row,) = trainers
    gives = service is None or service.pk in row.gives
    return AppointmentFacts(
        now=now,
        starts_at=starts_at,
        zone=branch.zone,
        trainer=row.trainer_name,
        length=length,
        policy=week.policy,
        opening=week.opening,
        working=week.working(row),
        taken=week.spans(trainer_id, *TRAINERS),
        clients=week.spans(None, "client"),
        with_oneself=row.user_id == client_id,
        not_given="" if gives else str(service),
    )


def length_of(service: Service) -> Length:
    return Length(
        service.minutes,
        service.buffer_before_minutes,
        service.buffer_after_minutes,
        service.raster_minutes,
    )


def length_agreed(appointment: Appointment) -> Length:
    """As it was booked; the service may have changed since."""
    return Length(
        _minutes(appointment.ends_at - appointment.starts_at),
        _minutes(appointment.starts_at - appointment.busy_from),
        _minutes(appointment.busy_until - appointment.ends_at),
        appointment.service.raster_minutes,
    )


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def _around(branch: Branch, first: date, last: date) -> Span:
    """The dates with a day before and after, for what goes over midnight."""
    starts, _ = day_bounds(first - slots.DAY, branch.zone)
    _, ends = day_bounds(last + slots.DAY, branch.zone)
    return starts, ends


def _hours(
    branch: Branch,
    first: date,
    last: date,
    trainer_ids: list[int] | None,
    service_id: int | None = None,
) -> list[Any]:
    """Those who are asked for, of whom with a service only those who give it."""
    starts, ends = _around(branch, first, last)
    asked = {
        "branch": branch.pk,
        "trainers": trainer_ids,
        "service": service_id,
        "first": first - slots.DAY,
        "last": last + slots.DAY,
        "starts": starts,
        "ends": ends,
    }
    rows = fetch_all(SQL.hours, asked)
    return [row for row in rows if service_id is None or service_id in row.gives]


def _week(
    branch: Branch,
    dates: list[date],
    trainers: list[Any],
    *,
    client_id: int | None,
    besides: int | None = None,
) -> Week:
    starts, ends = _around(branch, dates[0], dates[-1])
    asked = {
        "branch": branch.pk,
        "starts": starts,
        "ends": ends,
        "trainers": [row.trainer_id for row in trainers],
        "client": client_id,
        "besides": besides,
    }
    taken: dict[tuple[int | None, str], list[Span]] = {}
    for row in fetch_all(SQL.taken, asked) if trainers else ():
        span = row.starts_at, row.ends_at
        taken.setdefault((row.trainer_id, row.kind), []).append(span)
    days = slots.dates(dates[0] - slots.DAY, len(dates) + 2)
    return Week(branch, days, trainers, taken)


def read_hours(rows: Iterable[dict[str, Any]] | None) -> list[Hours]:
    """Hours as JSON has them."""
    return [
        Hours(
            row["weekday"],
            time.fromisoformat(row["starts"]),
            time.fromisoformat(row["ends"]),
            date.fromisoformat(row.get("valid_from", "0001-01-01")),
            date.fromisoformat(row["valid_until"]) if row.get("valid_until") else None,
        )
        for row in rows or ()
    ]


def hours_of(trainer_id: int, today: date) -> QuerySet[Availability]:
    """A trainer's hours that hold or will, by weekday (bookings_availability_day)."""
    held = Availability.objects.filter(trainer_id=trainer_id, is_active=True)
    lasting = held.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today))
    return lasting.order_by("weekday", "starts", "valid_from", "id")


def away_of(trainer_id: int, now: datetime) -> QuerySet[AvailabilityException]:
    """A trainer's holidays, blocks and extra hours that are not over, by time."""
    lasting = AvailabilityException.objects.filter(trainer=trainer_id, ends_at__gt=now)
    return lasting.select_related("branch").order_by("starts_at", "id")

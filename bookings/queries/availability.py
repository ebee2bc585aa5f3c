"""When trainers can be booked: hours less what takes their time, in one statement for
one trainer or for all of a branch."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Q, QuerySet

from bookings.models import Appointment, Availability, AvailabilityException, Service
from bookings.queries import trainers_time
from bookings.queries.trainers_time import Bookable, Whose
from bookings.rules import slots
from bookings.rules.appointments import AppointmentFacts
from bookings.rules.slots import Length, Starts
from gymsite.core.models import Branch
from gymsite.core.periods import FURTHEST, day_bounds, local_day

LONGEST_LIST = 31  # days of one list
LOOKED_AHEAD = timedelta(days=70)


@dataclass(frozen=True, slots=True)
class TrainerSlots:
    """The instants at which an appointment with a trainer may start, in order."""

    trainer_id: int
    trainer_name: str
    starts: Starts
    trainer_slug: str = ""
    specialities: tuple[str, ...] = ()


@dataclass(frozen=True)
class FreeTimes:
    """When trainers of a branch can be booked on some dates for what takes ``length``.
    ``found`` is None where the branch is switched off."""

    found: Bookable | None
    length: Length

    @cached_property
    def starts(self) -> Starts:
        """When any trainer is free, in order."""
        return self.found.with_any(self.length) if self.found else ()

    @cached_property
    def trainers(self) -> list[TrainerSlots]:
        """By name, those without a free time among them."""
        if self.found is None:
            return []
        return [
            TrainerSlots(
                one.id,
                one.name,
                self.found.with_trainer(one, has, self.length),
                one.slug,
                tuple(one.specialities),
            )
            for one, has in self.found.trainers
        ]

    @property
    def last_day(self) -> date | None:
        """Nothing is booked later than on this day; None without trainers."""
        return self.found.last_day if self.found and self.found.trainers else None


@dataclass(frozen=True)
class FreeWeek(FreeTimes):
    """Free times of a week; where none is left from the day that was asked for on, the
    next day that has one."""

    next_day: date | None = None


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
    asked = None if trainer_id is None else [trainer_id]
    whose = Whose(asked, service.pk, client_id)
    found = trainers_time.bookable(branch, dates, whose, now)
    return FreeTimes(found, length_of(service)).trainers


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

    One statement; a second where the week has none from ``day`` on. ``first`` is within
    400 days.
    """
    dates = slots.dates(first, 7)
    whose = Whose(trainer_ids, service_id, client_id, besides)
    found = trainers_time.bookable(branch, dates, whose, now)
    week = FreeWeek(found, length)
    if week.last_day is None:
        return week
    later = (min(week.last_day, first + LOOKED_AHEAD) - dates[-1]).days
    asked = day_bounds(day or first, branch.zone)[0]
    if later <= 0 or (week.starts and week.starts[-1] >= asked):
        return week
    rest = slots.dates(dates[-1] + slots.DAY, later)
    ahead = FreeTimes(trainers_time.bookable(branch, rest, whose, now), length).starts
    following = local_day(ahead[0], branch.zone) if ahead else None
    return FreeWeek(found, length, following)


def next_free(
    *,
    branch: Branch,
    services: list[Service],
    trainer_ids: list[int],
    client_id: int | None,
    now: datetime,
) -> dict[int, datetime]:
    """The first free time of each trainer within two weeks for the first of the
    services that they give, where there is one; one statement."""
    dates = slots.dates(branch.today(now), 14)
    lengths = {service.pk: length_of(service) for service in services}
    if not lengths or not trainer_ids:
        return {}
    whose = Whose(trainer_ids, client_id=client_id)
    found, firsts = trainers_time.bookable(branch, dates, whose, now), {}
    for one, has in found.trainers if found else ():
        length = next((lengths[pk] for pk in lengths if pk in (one.gives or ())), None)
        if length and found and (starts := found.with_trainer(one, has, length)):
            firsts[one.id] = starts[0]
    return firsts


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
    dates = [local_day(starts_at, branch.zone)]
    whose = Whose([trainer_id], client_id=client_id, besides=besides)
    found = trainers_time.read(branch, dates, whose)
    if found is None or not found.trainers:
        return None
    (trainer,) = found.trainers
    assert trainer.made_of  # nothing was kept
    has = trainers_time.working_time(trainer.made_of, branch, dates)
    gives = service is None or service.pk in (trainer.gives or ())
    return AppointmentFacts(
        now=now,
        starts_at=starts_at,
        zone=branch.zone,
        trainer=trainer.name,
        length=length,
        policy=found.policy,
        opening=has.opening,
        working=has.working,
        taken=has.taken,
        clients=found.client,
        with_oneself=trainer.user_id == client_id,
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


def hours_of(trainer_id: int, today: date) -> QuerySet[Availability]:
    """A trainer's hours that hold or will, by weekday (bookings_availability_day)."""
    held = Availability.objects.filter(trainer_id=trainer_id, is_active=True)
    lasting = held.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today))
    return lasting.order_by("weekday", "starts", "valid_from", "id")


def away_of(trainer_id: int, now: datetime) -> QuerySet[AvailabilityException]:
    """A trainer's holidays, blocks and extra hours that are not over, by time."""
    lasting = AvailabilityException.objects.filter(trainer=trainer_id, ends_at__gt=now)
    return lasting.select_related("branch").order_by("starts_at", "id")

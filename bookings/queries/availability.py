"""When trainers can be booked: hours less what takes their time, in two statements for
one trainer or for all of a branch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from bookings.models import Service
from bookings.rules import slots
from bookings.rules.appointments import AppointmentFacts, AppointmentPolicy
from bookings.rules.slots import Hours, Length, Span
from gymsite.core.models import Branch
from gymsite.core.periods import day_bounds, local_day
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("bookings", "availability")
LONGEST_LIST = 31  # days of one list


@dataclass(frozen=True, slots=True)
class TrainerSlots:
    """The instants at which an appointment with a trainer may start, in order."""

    trainer_id: int
    trainer_name: str
    starts: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """What was read of the trainers of a branch for some days."""

    days: list[date]
    span: Span
    trainers: list[Any]
    taken: list[Any]

    def spans(self, trainer_id: int | None, *kinds: str) -> list[Span]:
        return [
            (row.starts_at, row.ends_at)
            for row in self.taken
            if row.trainer_id == trainer_id and row.kind in kinds
        ]

    def opening(self, row: Any, branch: Branch) -> list[Span] | None:
        """The branch's hours; None where it names none."""
        hours = read_hours(row.opening)
        return slots.windows(hours, self.days, branch.zone) if hours else None

    def working(self, row: Any, branch: Branch) -> list[Span]:
        """A trainer's hours with the extra ones, within the branch's."""
        hours = slots.windows(read_hours(row.rules), self.days, branch.zone)
        works = slots.merged([*hours, *self.spans(row.trainer_id, "extra")])
        opening = self.opening(row, branch)
        return works if opening is None else slots.both(works, opening)


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
    policy's notice to its horizon. No trainer who takes none, and nothing of a service
    that is switched off or of another branch.
    """
    today = branch.today(now)
    if not service.is_active or service.branch_id not in (None, branch.pk):
        return []
    if not branch.is_active or abs(first - today) > timedelta(days=400):
        return []
    dates = slots.dates(first, min(days, LONGEST_LIST))
    week = _read(branch, dates, trainer_id=trainer_id, client_id=client_id)
    if not week.trainers:
        return []
    on = _starts(week.trainers[0], dates, service, branch, now)
    return [_slots(week, row, on, branch, service) for row in week.trainers]


def _starts(
    row: Any, dates: list[date], service: Service, branch: Branch, now: datetime
) -> list[datetime]:
    """The raster from the policy's notice to its horizon."""
    policy = AppointmentPolicy(**row.policy)
    earliest = max(now, policy.earliest(now))
    last = branch.today(now) + timedelta(days=policy.horizon_days)
    near = [day for day in dates if day <= last]
    found = slots.raster(near, service.raster_minutes, branch.zone)
    return [start for start in found if start >= earliest and start > now]


def _slots(
    week: Week, row: Any, on: list[datetime], branch: Branch, service: Service
) -> TrainerSlots:
    taken = week.spans(row.trainer_id, "class", "appointment", "away")
    found = slots.starts(
        on,
        week.working(row, branch),
        taken,
        week.spans(None, "client"),
        length_of(service),
    )
    return TrainerSlots(row.trainer_id, row.trainer_name, tuple(found))


def facts(
    *,
    branch: Branch,
    trainer_id: int,
    client_id: int,
    length: Length,
    starts_at: datetime,
    besides: int | None = None,
    now: datetime,
) -> AppointmentFacts | None:
    """What the rules look at before an appointment is booked or, ``besides`` itself,
    moved; None where the trainer or the branch is switched off. ``starts_at`` is within
    400 days."""
    day = local_day(starts_at, branch.zone)
    week = _read(
        branch, [day], trainer_id=trainer_id, client_id=client_id, besides=besides
    )
    if not week.trainers:
        return None
    (row,) = week.trainers
    return AppointmentFacts(
        now=now,
        starts_at=starts_at,
        zone=branch.zone,
        trainer=row.trainer_name,
        length=length,
        policy=AppointmentPolicy(**row.policy),
        opening=week.opening(row, branch),
        working=week.working(row, branch),
        taken=week.spans(trainer_id, "class", "appointment", "away"),
        clients=week.spans(None, "client"),
        with_oneself=row.user_id == client_id,
    )


def length_of(service: Service) -> Length:
    return Length(
        service.minutes,
        service.buffer_before_minutes,
        service.buffer_after_minutes,
        service.raster_minutes,
    )


def _read(
    branch: Branch,
    dates: list[date],
    *,
    trainer_id: int | None,
    client_id: int | None,
    besides: int | None = None,
) -> Week:
    """The dates with a day before and after, for what goes over midnight."""
    days = slots.dates(dates[0] - slots.DAY, len(dates) + 2)
    starts, ends = (
        day_bounds(days[0], branch.zone)[0],
        day_bounds(days[-1], branch.zone)[1],
    )
    span = {"branch": branch.pk, "starts": starts, "ends": ends}
    hours = {"trainer": trainer_id, "first": days[0], "last": days[-1]}
    trainers = fetch_all(SQL.hours, span | hours)
    whose = {
        "trainers": [row.trainer_id for row in trainers],
        "client": client_id,
        "besides": besides,
    }
    taken = fetch_all(SQL.taken, span | whose) if trainers else []
    return Week(days, (starts, ends), trainers, taken)


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

"""A trainer's hours, and what is otherwise on some days."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from bookings import errors, locks
from bookings.event_kinds import BookingEvent
from bookings.models import (
    OCCUPIES,
    Appointment,
    Availability,
    AvailabilityException,
    Trainer,
)
from bookings.rules import slots
from bookings.rules.slots import Span
from gymsite.core import errors as core_errors
from gymsite.core.operations.events import record
from gymsite.core.periods import day_bounds

Kind = AvailabilityException.Kind
LONGEST_BLOCK = 1440  # minutes
# what of a rule can be changed
HOURS = (
    "branch_id",
    "weekday",
    "starts",
    "ends",
    "valid_from",
    "valid_until",
    "is_active",
)


@transaction.atomic
def set_hours(*, hours: Availability, actor_id: int, now: datetime) -> Availability:
    """Save a rule, new or changed, while nobody books by the old one. Appointments that
    are booked stay. The same again changes nothing. Raises Invalid, NotInUse."""
    trainer = locks.hold_trainer_time(hours.trainer_id)
    held = None if hours._state.adding else Availability.objects.get(pk=hours.pk)
    before = _said(held) if held else None
    if before == _said(hours):
        return hours
    changed = None if held is None else [*HOURS]
    with core_errors.refusals():
        hours.save(update_fields=changed)
    _note_hours(hours, trainer, before, actor_id, now)
    return hours


@transaction.atomic
def end_hours(
    *, hours_id: int, trainer_id: int, today: date, actor_id: int, now: datetime
) -> None:
    """Let a trainer's own hours hold for the last time today; those that have not begun
    never will. What has ended stays as it is. Raises NotFound, NotInUse."""
    trainer = locks.hold_trainer_time(trainer_id)
    held = Availability.objects.filter(trainer_id=trainer_id, pk=hours_id).first()
    if held is None:
        raise core_errors.NotFound("There are no such hours.")
    before = _said(held)
    if held.valid_from > today:
        held.is_active = False
    elif held.valid_until is None or held.valid_until > today:
        held.valid_until = today
    if _said(held) != before:
        held.save(update_fields=["is_active", "valid_until"])
        _note_hours(held, trainer, before, actor_id, now)


def _said(hours: Availability) -> dict[str, Any]:
    """A rule as events have it."""
    values = {name: getattr(hours, name) for name in HOURS}
    return {
        name: value if isinstance(value, bool | int | None) else value.isoformat()
        for name, value in values.items()
    }


def _note_hours(
    hours: Availability,
    trainer: Trainer,
    before: dict[str, Any] | None,
    actor_id: int,
    now: datetime,
) -> None:
    record(
        BookingEvent.TRAINER_HOURS_CHANGED,
        trainer,
        at=now,
        actor_id=actor_id,
        hours=hours.pk,
        before=before,
        after=_said(hours),
    )


@transaction.atomic
def block_now(
    *,
    trainer_id: int,
    minutes: int | None,
    reason: str = "",
    actor_id: int,
    now: datetime,
) -> list[AvailabilityException]:
    """Take no new appointment for so many minutes (1,440 at most) from now on, or with
    None for the rest of the branch's day; the blocks that cover it.

    What is booked stays: the time around it is blocked. A second time blocks what is
    left. Raises Invalid, NotInUse, and TrainerBooked where nothing is left to block.
    """
    if minutes is not None and not 1 <= minutes <= LONGEST_BLOCK:
        words = "A block lasts 1 to 1,440 minutes."
        raise core_errors.Invalid({"minutes": [words]}, words)
    trainer = locks.hold_trainer_time(trainer_id)
    span = from_now(trainer, minutes, now)
    found = _away(trainer_id, span)
    blocked = [(one.starts_at, one.ends_at) for one in found]
    free = slots.without([span], [*blocked, *_booked(trainer_id, span)])
    if not free and not found:
        raise errors.TrainerBooked(
            "All of that time is booked.", remedy="Move or cancel it first."
        )
    for start, end in free:
        found.append(_note_away(trainer, Kind.BLOCK, start, end, reason, actor_id, now))
    return found


def from_now(trainer: Trainer, minutes: int | None, now: datetime) -> Span:
    """So many minutes from now on, None for the rest of the day at the trainer's."""
    start = now.replace(second=0, microsecond=0)
    if minutes is not None:
        return start, start + timedelta(minutes=minutes)
    zone = trainer.branch.zone
    return start, day_bounds(trainer.branch.today(now), zone)[1]


def _away(trainer_id: int, span: Span) -> list[AvailabilityException]:
    meets = Q(starts_at__lt=span[1], ends_at__gt=span[0])
    rows = AvailabilityException.objects.filter(meets, trainer_id=trainer_id)
    return list(rows.exclude(kind=Kind.EXTRA).order_by("starts_at"))


def _booked(trainer_id: int, span: Span) -> list[Span]:
    meets = Q(busy_from__lt=span[1], busy_until__gt=span[0])
    rows = Appointment.objects.filter(meets, trainer_id=trainer_id, status__in=OCCUPIES)
    about = rows.filter(starts_at__gt=span[0] - timedelta(days=1))
    return list(about.values_list("busy_from", "busy_until"))


@transaction.atomic
def note_away(
    *,
    trainer_id: int,
    kind: AvailabilityException.Kind,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
    actor_id: int,
    now: datetime,
) -> AvailabilityException:
    """Note a holiday, a block or extra hours of a trainer at their branch. Raises
    NotInUse, Invalid, AlreadyAway, and TrainerBooked where an appointment is in it."""
    trainer = locks.hold_trainer_time(trainer_id)
    return _note_away(trainer, kind, starts_at, ends_at, reason, actor_id, now)


def _note_away(
    trainer: Trainer,
    kind: AvailabilityException.Kind,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    actor_id: int,
    now: datetime,
) -> AvailabilityException:
    if ends_at <= starts_at:  # the triggers could make no range of it
        raise core_errors.misfit("ends_at", "It ends after it starts.")
    with core_errors.refusals():
        row = AvailabilityException.objects.create(
            trainer=trainer,
            branch_id=trainer.branch_id,
            kind=kind,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=reason[:120],
            created_at=now,
        )
    _note(BookingEvent.TRAINER_AWAY, row, trainer, actor_id, now)
    return row


@transaction.atomic
def remove_away(*, exception_id: int, actor_id: int, now: datetime) -> None:
    """Take a holiday, a block or extra hours away again; a second time changes
    nothing."""
    row = (
        AvailabilityException.objects.select_for_update(of=("self",))
        .select_related("trainer")
        .filter(pk=exception_id)
        .first()
    )
    if row is not None:
        _note(BookingEvent.TRAINER_BACK, row, row.trainer, actor_id, now)
        row.delete()


def _note(
    event: BookingEvent,
    row: AvailabilityException,
    trainer: Trainer,
    actor_id: int,
    now: datetime,
) -> None:
    record(
        event,
        trainer,
        at=now,
        actor_id=actor_id,
        what=row.kind,
        starts_at=row.starts_at.isoformat(),
        ends_at=row.ends_at.isoformat(),
    )

"""Ending what sessions hang on: a weekly class, a room, a trainer, a branch.

The row changes at once, so no new session is made and no appointment booked. Sessions
and appointments ahead that are called off go one by one, by the job that follows the
event (bookings.tasks.call_off_later).
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import models, transaction

from bookings import errors
from bookings.dependents import appointments_stand
from bookings.event_kinds import BookingEvent
from bookings.models import ClassSession, GymClass, Room, Trainer
from bookings.operations.appointments import cancel_appointment
from bookings.operations.sessions import cancel_session
from gymsite.core import errors as core_errors
from gymsite.core import row_locks
from gymsite.core.batches import Batch, InUseAgain, Unfinished, each_row
from gymsite.core.models import Branch
from gymsite.core.operations.events import record

CLASS_EVENTS = {
    GymClass.Status.ACTIVE: BookingEvent.CLASS_ACTIVE,
    GymClass.Status.PAUSED: BookingEvent.CLASS_PAUSED,
    GymClass.Status.ENDED: BookingEvent.CLASS_ENDED,
}


class Ahead(StrEnum):
    """What becomes of the sessions and appointments ahead."""

    KEEP = "keep"
    CALL_OFF = "call_off"


@transaction.atomic
def switch_room(
    *, room_id: int, on: bool, reason: str, actor_id: int, now: datetime
) -> Room:
    """Switch a room on or off; off, it gets no sessions, and those ahead and the
    appointments in it are cancelled.

    At any time; a second time changes nothing. Raises NotFound.
    """
    room = _locked(Room, room_id)
    if room.is_active != on:
        kind = BookingEvent.ROOM_ON if on else BookingEvent.ROOM_OFF
        _switch(room, on, kind, Ahead.CALL_OFF, reason, actor_id, now)
    return room


@transaction.atomic
def switch_trainer(
    *,
    trainer_id: int,
    on: bool,
    ahead: Ahead = Ahead.KEEP,
    reason: str,
    actor_id: int,
    now: datetime,
) -> Trainer:
    """Let a trainer teach, or no more: they then get no new sessions.

    Those ahead are called off or kept, and then need a substitute each; appointments
    are cancelled or kept with them. At any time; a second time changes nothing. Raises
    NotFound.
    """
    trainer = _locked(Trainer, trainer_id)
    if trainer.is_active != on:
        kind = BookingEvent.TRAINER_ON if on else BookingEvent.TRAINER_OFF
        _switch(trainer, on, kind, ahead, reason, actor_id, now)
    return trainer


def _switch(
    row: Any,
    on: bool,
    kind: BookingEvent,
    ahead: Ahead,
    reason: str,
    actor_id: int,
    now: datetime,
) -> None:
    row.is_active = on
    row.save(update_fields=["is_active"])
    _note(kind, row, "" if on else ahead, reason, actor_id, now)


@transaction.atomic
def move_class(
    *,
    gym_class_id: int,
    status: GymClass.Status,
    ahead: Ahead = Ahead.KEEP,
    reason: str,
    actor_id: int,
    now: datetime,
) -> GymClass:
    """Pause, resume or end a weekly class; only an active one gets new sessions.

    The sessions ahead of one that does not go on are called off or kept. At any time
    that GymClass.TRANSITIONS allow; a second time changes nothing. Raises NotFound,
    WrongClassState.
    """
    gym_class = _locked(GymClass, gym_class_id)
    if gym_class.status == status:
        return gym_class
    if status not in GymClass.TRANSITIONS[GymClass.Status(gym_class.status)]:
        raise errors.WrongClassState(
            (
                f"{gym_class} is {gym_class.get_status_display().lower()}; it can't "
                f"become {status.label.lower()}."
            ),
            remedy="Add a new class instead.",
        )
    gym_class.status = status
    gym_class.save(update_fields=["status"])
    goes_on = status == GymClass.Status.ACTIVE
    _note(
        CLASS_EVENTS[status], gym_class, "" if goes_on else ahead, reason, actor_id, now
    )
    return gym_class


def _locked(model: type[models.Model], pk: int) -> Any:
    rows = model._default_manager.select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=pk).first()
    if row is None:
        raise core_errors.NotFound(f"There is no such {model._meta.verbose_name}.")
    return row


def _note(
    kind: BookingEvent, row: Any, ahead: str, reason: str, actor_id: int, now: datetime
) -> None:
    record(
        kind,
        row,
        at=now,
        actor_id=actor_id,
        ahead=ahead,
        reason=reason[:200],
    )


def _stands(parent: Any) -> bool:
    if isinstance(parent, GymClass):
        return parent.status == GymClass.Status.ACTIVE
    return parent.is_active


# subject of an event: (its model, the session's column)
PARENTS: dict[str, tuple[type[models.Model], str]] = {
    "room": (Room, "room_id"),
    "trainer": (Trainer, "trainer_id"),
    "gymclass": (GymClass, "gym_class_id"),
    "branch": (Branch, "branch_id"),
}


def call_off_ahead(
    *, of: str, of_id: int, reason: str, actor_id: int, now: datetime
) -> int:
    """Call off every session ahead of a class, room, trainer or branch, and cancel
    every appointment free of charge; how many of both.

    Each in its own transaction; run again, it does what is left. Nothing is called off
    of a parent that goes on again by then. Raises Unfinished, after all the others.
    """
    model, column = PARENTS[of]
    parent: Any = model._default_manager.get(pk=of_id)
    if _stands(parent):
        return 0
    asked: dict[str, Any] = {"reason": reason, "actor_id": actor_id, "now": now}
    scheduled = ClassSession.objects.filter(status=ClassSession.Status.SCHEDULED)
    called_off = _in_turn(
        f"bookings.call_off {of} {of_id}",
        parent,
        _ahead(scheduled, column, of_id, now),
        lambda session_id: cancel_session(session_id=session_id, **asked),
        now,
    )
    stand = appointments_stand()
    cancelled = _in_turn(
        f"bookings.cancel_appointments {of} {of_id}",
        parent,
        [] if of == "gymclass" else _ahead(stand, column, of_id, now),
        lambda key: cancel_appointment(appointment_id=key, **asked),
        now,
    )
    if left := called_off.left + cancelled.left:
        raise Unfinished(
            f"{left} sessions or appointments of {of} {of_id} are still on."
        )
    return len(called_off.values) + len(cancelled.values)


def _in_turn(
    job: str, parent: Any, keys: list[int], end: Callable[[int], Any], now: datetime
) -> Batch:
    """End each row that hangs on the parent, while that stays ended."""

    def one(key: int) -> None:
        held = row_locks.shared(type(parent)._default_manager.filter(pk=parent.pk))
        if _stands(held):
            raise InUseAgain
        end(key)

    over = (errors.SessionStarted, errors.WrongAppointmentState, InUseAgain)
    return each_row(job, keys, one, now=now, over=over)


def _ahead(rows: models.QuerySet, column: str, of_id: int, now: datetime) -> list[int]:
    ahead = rows.filter(**{column: of_id}, starts_at__gt=now)
    return list(ahead.order_by("pk").values_list("pk", flat=True))

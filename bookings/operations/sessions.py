"""The timetable's own changes: new sessions, capacity, substitutes, cancelling."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from bookings import errors, locks
from bookings.event_kinds import BookingEvent
from bookings.models import HOLDS_PLACE, Booking, ClassSession, GymClass, Room, Trainer
from bookings.operations import _promotion
from bookings.operations.bookings import end, record_end
from bookings.operations.time_zones import move_along
from bookings.queries.wall_times import should_start
from gymsite.core import errors as core_errors
from gymsite.core import row_locks
from gymsite.core.batches import each_row
from gymsite.core.operations.events import record
from gymsite.core.periods import instant, when
from memberships.operations.allowances import return_classes

HAS_ALL_IN_USE = Q(
    branch__is_active=True,
    room__is_active=True,
    trainer__is_active=True,
    trainer__user__is_active=True,
)
DAYS_AHEAD = 28  # of the timetable
COUNTS = ["booked_count", "waitlist_length", "waitlist_last"]


@transaction.atomic
def cancel_session(
    *, session_id: int, actor_id: int, reason: str, now: datetime
) -> ClassSession:
    """Call a session off: every class goes back and everybody is told.

    Until the start; a second time changes nothing. Raises SessionNotFound,
    SessionStarted.
    """
    session = locks.lock_session(session_id)
    if session.status == ClassSession.Status.CANCELLED:
        return session
    if now >= session.starts_at:
        raise errors.SessionStarted(
            "The session has started; it can't be called off any more."
        )
    record(
        BookingEvent.SESSION_CANCELLED,
        session,
        at=now,
        actor_id=actor_id,
        reason=reason,
    )
    returned = _promotion.close_line(
        session.pk,
        BookingEvent.WAITLIST_CLOSED,
        actor_id=actor_id,
        now=now,
        why="session_cancelled",
    )
    returned += _end_bookings(session, actor_id=actor_id, reason=reason, now=now)
    # after its bookings and entries: bookings_session_cancelled_is_empty
    session.status, session.cancelled_at, session.cancel_reason = (
        ClassSession.Status.CANCELLED,
        now,
        reason[:200],
    )
    session.save(update_fields=["status", "cancelled_at", "cancel_reason"])
    return_classes(returned)
    session.refresh_from_db(fields=COUNTS)
    return session


def _end_bookings(
    session: ClassSession, *, actor_id: int, reason: str, now: datetime
) -> list[int | None]:
    """End every booking of a cancelled session; the allowances to return classes to."""
    held = Booking.objects.select_for_update(of=("self",), no_key=True)
    # attended ones too: check-in opens before the start
    bookings = list(held.filter(session=session, status__in=HOLDS_PLACE).order_by("pk"))
    for booking in bookings:
        end(booking, late=False, reason=reason, now=now)
        record_end(
            booking,
            session,
            BookingEvent.CLASS_CALLED_OFF,
            actor_id=actor_id,
            now=now,
            by="staff",
        )
    return [booking.allowance_id for booking in bookings]


@transaction.atomic
def change_capacity(
    *, session_id: int, capacity: int, actor_id: int, now: datetime
) -> ClassSession:
    """Set how many places a session has, and give new ones to the first in line.

    Until the start. Raises Invalid (not 1 to 1000), SessionNotFound, SessionCancelled,
    SessionStarted, CapacityBelowBookings or RoomTooSmall.
    """
    if not 1 <= capacity <= 1000:
        raise core_errors.Invalid({"capacity": ["A session has 1 to 1000 places."]})
    session = locks.lock_session(session_id)
    _check_stands(session, closes_at=session.starts_at, now=now)
    if capacity < session.booked_count:
        raise errors.CapacityBelowBookings(
            f"{session.booked_count} places are taken, {capacity} would be too few.",
            remedy="Cancel bookings first, or keep more places.",
        )
    room = session.room
    if capacity > max(room.capacity, session.capacity):
        raise errors.RoomTooSmall(
            f"{room.name} holds {room.capacity} people, not {capacity}.",
            remedy="Choose another room.",
        )
    before, session.capacity = session.capacity, capacity
    session.save(update_fields=["capacity"])
    record(
        BookingEvent.CAPACITY_CHANGED,
        session,
        at=now,
        actor_id=actor_id,
        before=before,
        after=capacity,
    )
    _promotion.promote_waitlist(session, actor_id=actor_id, now=now)
    session.refresh_from_db(fields=COUNTS)
    return session


def _check_stands(session: ClassSession, *, closes_at: datetime, now: datetime) -> None:
    """Raise unless the session goes ahead and it is not ``closes_at`` yet."""
    name, zone = session.gym_class.name, session.zone
    if session.status == ClassSession.Status.CANCELLED:
        raise errors.SessionCancelled(
            f"{name} on {when(session.starts_at, zone)} is cancelled.",
            remedy="Choose another session.",
        )
    if now >= closes_at:
        raise errors.SessionStarted(
            f"{name} could be changed until {when(closes_at, zone)}.",
            remedy="Choose a later session.",
            closed_at=closes_at.isoformat(),
        )


@transaction.atomic
def substitute_trainer(
    *, session_id: int, trainer_id: int, actor_id: int, now: datetime
) -> ClassSession:
    """Let another trainer teach one session; the regular one clears the mark.

    Until the end: who takes over half-way is noted. Raises SessionNotFound,
    SessionCancelled, SessionStarted, NotFound (no such trainer, or not working here any
    more), TrainerTaken.
    """
    session = locks.lock_session(session_id)
    _check_stands(session, closes_at=session.ends_at, now=now)
    trainer = Trainer.objects.filter(
        pk=trainer_id, is_active=True, user__is_active=True
    ).first()
    if trainer is None:
        raise core_errors.NotFound("There is no such trainer.")
    regular_id = session.gym_class.trainer_id
    session.trainer = trainer
    session.substitute_for_id = None if trainer_id == regular_id else regular_id
    with core_errors.refusals():
        session.save(update_fields=["trainer", "substitute_for"])
    record(
        BookingEvent.TRAINER_SUBSTITUTED,
        session,
        at=now,
        actor_id=actor_id,
        trainer=trainer_id,
    )
    return session


@transaction.atomic
def reschedule_session(
    *,
    session_id: int,
    starts: time,
    room_id: int | None = None,
    actor_id: int,
    reason: str,
    now: datetime,
) -> ClassSession:
    """Let one session start at another wall time of its date, or be in another room
    (None: where it is), with all that hangs on it; its class's other dates stay.

    Places and turns are kept and everybody is told. Who is booked elsewhere at the new
    time, or has an appointment, gives the place back free of charge, and the next in
    line moves up. Until the start; a second time changes nothing. Raises
    SessionNotFound, SessionCancelled, SessionStarted, Invalid, NotInUse, RoomTooSmall,
    RoomTaken, TrainerTaken.
    """
    # before the session: who renames a room holds it and then its sessions
    room = None if room_id is None else _room_in_use(room_id)
    session = locks.lock_session(session_id)
    _check_stands(session, closes_at=session.starts_at, now=now)
    before, room_before = session.starts_at, session.room_id
    session.own_start = None if starts == session.gym_class.starts else starts
    _set_start(session, now)
    if room is not None and room.pk != session.room_id:
        _check_fits(session, room)
        session.room = room
    if (before, room_before) == (session.starts_at, session.room_id):
        return session
    session.moved_at = now
    with core_errors.refusals():
        session.save(
            update_fields=["starts_at", "ends_at", "own_start", "room", "moved_at"]
        )
    if session.room_id != room_before:
        _note_room(session, actor_id, reason, now)
    if session.starts_at != before:
        move_along(session, before, now, actor_id=actor_id, reason=reason[:200])
        session.refresh_from_db(fields=COUNTS)
    return session


def _set_start(session: ClassSession, now: datetime) -> None:
    starts_at, lasts = should_start(session), session.ends_at - session.starts_at
    if starts_at <= now:
        words = "It can be moved to a time that is still to come."
        raise core_errors.Invalid({"starts": [words]}, words)
    session.starts_at, session.ends_at = starts_at, starts_at + lasts


def _room_in_use(room_id: int) -> Room:
    """The room, kept in use until the end of the transaction."""
    room = row_locks.shared(Room.objects.filter(pk=room_id, is_active=True))
    if room is None:
        raise errors.NotInUse(
            "There is no such room in use.", remedy="Choose another room."
        )
    return room


def _check_fits(session: ClassSession, room: Room) -> None:
    if room.branch_id != session.branch_id:
        raise errors.NotInUse(
            f"{room.name} is at another branch.", remedy="Choose another room."
        )
    if session.capacity > room.capacity:
        raise errors.RoomTooSmall(
            f"{room.name} holds {room.capacity} people, not {session.capacity}.",
            remedy="Choose another room.",
        )


def _note_room(
    session: ClassSession, actor_id: int, reason: str, now: datetime
) -> None:
    record(
        BookingEvent.ROOM_CHANGED,
        session,
        at=now,
        actor_id=actor_id,
        room=session.room_id,
        reason=reason[:200],
    )


def extend_timetable(*, days: int, now: datetime) -> int:
    """Make the missing sessions of every active class, ``days`` ahead; how many.

    A session that meets a taken room or trainer is left out: the database refuses it
    and staff see the gap. So does a class whose branch, room or trainer is switched
    off, or whose trainer's account is closed.
    """

    def extend(gym_class: GymClass) -> int:
        return _make_missing(gym_class, _dates(gym_class, days, now))

    active = (
        GymClass.objects.filter(HAS_ALL_IN_USE, status=GymClass.Status.ACTIVE)
        .select_related("branch")
        .order_by("pk")
    )
    return sum(
        each_row("bookings.extend_timetable", active.iterator(), extend, now=now).values
    )


@transaction.atomic
def begin_class(*, gym_class_id: int, now: datetime) -> int:
    """Make the sessions that a class lacks in the next four weeks; how many.

    What extend_timetable leaves out is left out here, too
    (queries.staff.why_without_session says why).
    """
    active = GymClass.objects.filter(
        HAS_ALL_IN_USE, status=GymClass.Status.ACTIVE
    ).select_related("branch")
    gym_class = active.filter(pk=gym_class_id).first()
    if gym_class is None:
        return 0
    dates = _dates(gym_class, DAYS_AHEAD, now)
    return _make_missing(
        gym_class, [day for day in dates if session_of(gym_class, day).starts_at > now]
    )


def _dates(gym_class: GymClass, days: int, now: datetime) -> list[date]:
    """The dates of a class from its branch's today to ``days`` later."""
    today = gym_class.branch.today(now)
    first = today + timedelta(days=(gym_class.weekday - today.weekday()) % 7)
    last = today + timedelta(days=days)
    return [
        first + timedelta(weeks=week) for week in range((last - first).days // 7 + 1)
    ]


def _make_missing(gym_class: GymClass, days: list[date]) -> int:
    """Make the sessions of one class that are missing; how many the database let in."""
    there = ClassSession.objects.filter(gym_class=gym_class, session_date__in=days)
    have = set(there.values_list("session_date", flat=True))
    missing = [session_of(gym_class, day) for day in days if day not in have]
    for session in missing:
        # ON CONFLICT does not reach an appointment that has the room or the trainer
        with (
            suppress(errors.RoomTaken, errors.TrainerTaken),
            core_errors.refusals(),
            transaction.atomic(),
        ):
            ClassSession.objects.bulk_create([session], ignore_conflicts=True)
    return there.count() - len(have)


def session_of(gym_class: GymClass, day: date) -> ClassSession:
    """The session of a class on a date by the branch's wall time, unsaved."""
    starts_at = instant(day, gym_class.starts, gym_class.branch.zone)
    return ClassSession(
        branch_id=gym_class.branch_id,
        gym_class=gym_class,
        room_id=gym_class.room_id,
        trainer_id=gym_class.trainer_id,
        session_date=day,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=gym_class.minutes),
        time_zone=gym_class.branch.time_zone,
        capacity=gym_class.capacity,
    )

"""Saying who came to a session: one by one, or a whole roster at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from bookings import errors, locks, rules
from bookings.event_kinds import BookingEvent
from bookings.models import Booking, ClassSession
from bookings.operations.bookings import record_end

MARKS = frozenset(
    {Booking.Status.BOOKED, Booking.Status.ATTENDED, Booking.Status.NO_SHOW}
)


@dataclass(frozen=True, slots=True)
class SavedRoster:
    """How many bookings a roster changed, and which it kept: they changed meanwhile."""

    changed: int = 0
    kept: list[Booking] = field(default_factory=list)


@transaction.atomic
def mark_attendance(
    *, booking_id: int, status: str, actor_id: int, now: datetime
) -> Booking:
    """Say who came: ``attended``, ``no_show`` or back to ``booked``.

    Attended from check-in's opening on, no_show from the start on, both until seven
    days after the end. A session that was called off has nobody left to mark. Raises
    BookingNotFound, WrongBookingState, AttendanceNotOpen, AttendanceClosed.
    """
    booking, session = locks.lock_booking(booking_id)
    if status != booking.status:
        _mark(booking, session, status, actor_id=actor_id, now=now)
    return booking


@transaction.atomic
def mark_roster(
    *,
    session_id: int,
    shown: Mapping[int, str],
    present_ids: Collection[int],
    actor_id: int,
    now: datetime,
) -> SavedRoster:
    """Mark those named as attended, the others as missed (before the start: booked).

    ``shown`` is the state of each booking as the roster showed it. A booking that is in
    another state by now (a check-in came in between, or a cancellation), or that was
    not there yet, is left as it is. May run when mark_attendance may; raises the same.
    """
    session = locks.lock_session(session_id)
    missed = now >= session.starts_at
    absent = Booking.Status.NO_SHOW if missed else Booking.Status.BOOKED
    kept, changed = [], 0
    for booking in locks.lock_roster(session_id, shown):
        is_present = booking.pk in present_ids
        said = Booking.Status.ATTENDED if is_present else absent
        if shown.get(booking.pk) != booking.status:
            kept.append(booking)
        elif said != booking.status:
            _mark(booking, session, said, actor_id=actor_id, now=now)
            changed += 1
    return SavedRoster(changed, kept)


def _mark(
    booking: Booking,
    session: ClassSession,
    status: str,
    *,
    actor_id: int,
    now: datetime,
) -> None:
    if status not in Booking.TRANSITIONS[Booking.Status(booking.status)] & MARKS:
        said = booking.get_status_display().lower()
        raise errors.WrongBookingState(
            f"A booking that is {said} can't become {status}."
        )
    if refusal := rules.may_mark(
        missed=status == Booking.Status.NO_SHOW,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        opens_minutes=booking.policy.checkin_opens_minutes,
        zone=session.zone,
        now=now,
    ):
        raise refusal
    booking.status = status
    booking.attended_at = now if status == Booking.Status.ATTENDED else None
    booking.missed_at = now if status == Booking.Status.NO_SHOW else None
    booking.save(update_fields=["status", "attended_at", "missed_at"])
    record_end(
        booking,
        session,
        BookingEvent.ATTENDANCE_MARKED,
        actor_id=actor_id,
        now=now,
        by="staff",
    )

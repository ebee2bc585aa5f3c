"""Changing a branch's time zone, and keeping its sessions at their wall time."""

from datetime import datetime

from django.db import transaction

from bookings import locks
from bookings.errors import OverlappingBooking
from bookings.event_kinds import BookingEvent
from bookings.models import HOLDS_PLACE, Booking, ClassSession, WaitlistEntry
from bookings.operations import _promotion
from bookings.operations.bookings import end, record_end
from bookings.queries import wall_times
from gymsite.core import errors as core_errors
from gymsite.core.batches import Batch, each_row
from gymsite.core.models import Branch
from gymsite.core.models.branches import known_time_zones
from gymsite.core.operations.events import record
from gymsite.postgres.rows import execute
from gymsite.postgres.statements import statements

WHY = "The class has moved, and you are booked elsewhere at that time."

SQL = statements("bookings", "time_zones")


@transaction.atomic
def change_time_zone(
    *, branch_id: int, time_zone: str, actor_id: int, reason: str, now: datetime
) -> Branch:
    """Give a branch another time zone; a job then moves the sessions ahead.

    Raises NotFound, or Invalid for what is no time zone. What has been keeps its
    instants and its clock.
    """
    if time_zone not in known_time_zones():
        raise core_errors.Invalid(
            {
                "time_zone": [
                    "This is not a time zone. Use a name such as Europe/London."
                ]
            }
        )
    branch = (
        Branch.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=branch_id)
        .first()
    )
    if branch is None:
        raise core_errors.NotFound("There is no such branch.")
    before, branch.time_zone = branch.time_zone, time_zone
    if before != time_zone:
        branch.save(update_fields=["time_zone"])
        record(
            BookingEvent.TIME_ZONE_CHANGED,
            branch,
            at=now,
            actor_id=actor_id,
            before=before,
            after=time_zone,
            reason=reason,
        )
    return branch


def keep_wall_time(*, branch_id: int, now: datetime) -> Batch:
    """Move each session ahead that has left its wall time, in its own transaction.

    One whose room or trainer is taken at that time is put off and shown to staff; the
    others go on.
    """
    branch = Branch.objects.get(pk=branch_id)
    sessions = [move.session_id for move in wall_times.moves(branch, branch.zone, now)]
    job = f"bookings.keep_wall_time.{branch_id}"
    return each_row(
        job, sessions, lambda pk: move_session(session_id=pk, now=now), now=now
    )


@transaction.atomic
def move_session(*, session_id: int, now: datetime) -> ClassSession:
    """Move a session, its bookings and its waitlist to its class's wall time.

    Bookings keep their place, unless their member is booked elsewhere at the new time:
    those are cancelled free of charge, and the next in line move up. Raises RoomTaken
    or TrainerTaken.
    """
    session = locks.lock_session(session_id)
    before, clock = session.starts_at, session.time_zone
    after = wall_times.should_start(session)
    if session.status != ClassSession.Status.SCHEDULED or (before, clock) == (
        after,
        session.branch.time_zone,
    ):
        return session
    lasts = session.ends_at - before
    session.starts_at, session.ends_at, session.moved_at = after, after + lasts, now
    session.time_zone = session.branch.time_zone
    with core_errors.refusals():
        session.save(update_fields=["starts_at", "ends_at", "time_zone", "moved_at"])
    if before != after:
        move_along(session, before, now)
    return session


def move_along(
    session: ClassSession,
    before: datetime,
    now: datetime,
    *,
    actor_id: int | None = None,
    reason: str = "",
) -> None:
    """Move the waitlist and the bookings; those that clash are cancelled.

    Everybody is told by the event.
    """
    waiting = WaitlistEntry.objects.filter(
        session=session, status=WaitlistEntry.Status.WAITING
    )
    waiting.update(starts_at=session.starts_at, ends_at=session.ends_at)
    record(
        BookingEvent.SESSION_MOVED,
        session,
        at=now,
        actor_id=actor_id,
        before=before.isoformat(),
        after=session.starts_at.isoformat(),
        reason=reason,
    )
    held = Booking.objects.select_for_update(of=("self",), no_key=True)
    held = held.filter(session=session, status__in=HOLDS_PLACE).order_by("member_id")
    stuck = [booking for booking in held if not _moved(booking, session, now)]
    for booking in stuck:
        end(booking, late=False, reason=WHY, now=now)
        record_end(
            booking, session, BookingEvent.CANCELLED, actor_id=None, now=now, by="staff"
        )
    if stuck:
        returned = [booking.allowance_id for booking in stuck]
        _promotion.promote_waitlist(session, actor_id=None, now=now, returned=returned)


def _moved(booking: Booking, session: ClassSession, now: datetime) -> bool:
    values = {
        "booking": booking.pk,
        "starts": session.starts_at,
        "ends": session.ends_at,
        "now": now,
    }
    try:
        with core_errors.refusals(), transaction.atomic():
            execute(SQL.move_booking, values)
    except OverlappingBooking:
        return False
    return True

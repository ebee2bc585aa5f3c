"""Giving back all that a member holds ahead, when an account is closed."""

from datetime import datetime

from bookings import errors, locks
from bookings.dependents import appointments_of
from bookings.models import Booking, WaitlistEntry
from bookings.operations.appointments import cancel_appointment
from bookings.operations.bookings import cancel_booking
from bookings.operations.waitlist import leave_waitlist
from gymsite.core.batches import Batch, InUseAgain, Unfinished, each_row
from gymsite.core.operations.users import hold_closed
from gymsite.core.queries.users import is_open


def release_member(*, member_id: int, actor_id: int, now: datetime) -> int:
    """Give back every turn, booking and appointment ahead; how many bookings.

    Whoever is next is promoted. Each in its own transaction, so locks are short; run
    again, it does what is left. What somebody else ended meanwhile is skipped: it is no
    longer held. Nothing is given back of an account that is open again by then. Raises
    Unfinished, after all the others, when some could not be.
    """
    if is_open(member_id):
        return 0

    def leave(session_id: int) -> None:
        locks.lock_session(session_id)
        hold_closed(member_id)
        leave_waitlist(
            session_id=session_id, member_id=member_id, actor_id=actor_id, now=now
        )

    def cancel(booking_id: int) -> None:
        locks.lock_booking(booking_id)
        hold_closed(member_id)
        cancel_booking(
            booking_id=booking_id, actor_id=actor_id, reason="Account closed.", now=now
        )

    waiting = WaitlistEntry.objects.filter(
        member_id=member_id, status=WaitlistEntry.Status.WAITING
    )
    sessions = list(waiting.values_list("session_id", flat=True))
    left = each_row(
        f"bookings.leave_waitlists {member_id}",
        sessions,
        leave,
        now=now,
        over=(errors.NotWaiting, InUseAgain),
    )
    ahead = Booking.objects.filter(
        member_id=member_id, status=Booking.Status.BOOKED, starts_at__gt=now
    )
    bookings = list(ahead.order_by("starts_at").values_list("pk", flat=True))
    ended = (errors.WrongBookingState, InUseAgain)
    cancelled = each_row(
        f"bookings.cancel_bookings {member_id}", bookings, cancel, now=now, over=ended
    )
    appointments = _cancel_appointments(member_id, actor_id, now)
    if unfinished := left.left + cancelled.left + appointments.left:
        raise Unfinished(
            f"{unfinished} places or turns of member {member_id} are still held."
        )
    return len(cancelled.values)


def _cancel_appointments(member_id: int, actor_id: int, now: datetime) -> Batch:
    """Those ahead, each in its own transaction; what was paid for them goes back."""

    def cancel(appointment_id: int) -> None:
        locks.lock_appointment(appointment_id)
        hold_closed(member_id)
        cancel_appointment(
            appointment_id=appointment_id,
            actor_id=actor_id,
            reason="Account closed.",
            now=now,
        )

    ahead = list(appointments_of([member_id], now).values_list("pk", flat=True))
    ended = (errors.WrongAppointmentState, InUseAgain)
    job = f"bookings.cancel_appointments {member_id}"
    return each_row(job, ahead, cancel, now=now, over=ended)

"""Booking and cancelling a place."""

from datetime import datetime

from django.db import transaction

from bookings import errors, locks, rules
from bookings.event_kinds import BookingEvent
from bookings.models import HOLDS_PLACE, Booking, ClassSession
from bookings.operations import _places, _promotion
from bookings.queries.eligibility import facts as read_facts
from gymsite.core.operations.events import record


def book_session(
    *,
    session_id: int,
    member_id: int,
    source: str = Booking.Source.PAGE,
    actor_id: int | None = None,
    now: datetime,
) -> Booking:
    """Book a place in a session; raises the first refusal of bookings.rules.BOOKING.

    No transaction is opened here: judging reads, and the claim is one statement. Who
    waits for the session takes their own turn, so the class reserved for it pays.
    ``actor_id`` is who acts when it is not the member.
    """
    # a rival may change what was judged before the claim: judge again
    for _ in range(_places.TRIES):
        facts = read_facts(session_id=session_id, member_id=member_id, now=now)
        if refusal := rules.judge(facts, rules.BOOKING):
            raise refusal
        take = _promotion.promote_member if facts.entry_id else _places.claim
        if booking := take(
            facts, member_id, source=source, actor_id=actor_id or member_id
        ):
            return booking
    raise _places.why_not(session_id, member_id, rules.BOOKING, now=now)


@transaction.atomic
def cancel_booking(
    *,
    booking_id: int,
    member_id: int | None = None,
    actor_id: int,
    reason: str = "",
    now: datetime,
) -> Booking:
    """Give a place back and pass it on to the first in line.

    With ``member_id`` the member acts: only their own booking, until the start, and
    after ``free_until`` the class is lost. Without it staff act, at any time while it
    is ``booked``: the class always goes back. Raises BookingNotFound,
    WrongBookingState, SessionStarted.
    """
    booking, session = locks.lock_booking(booking_id, member_id=member_id)
    by_member = member_id is not None
    if booking.status != Booking.Status.BOOKED:
        raise errors.WrongBookingState(
            f"This booking is {booking.get_status_display().lower()} already."
        )
    if by_member and now >= booking.starts_at:
        raise errors.SessionStarted(
            "The session has started; it can't be cancelled any more."
        )
    late = by_member and now > booking.free_until
    end(booking, late=late, reason=reason, now=now)
    kind = BookingEvent.LATE_CANCELLED if late else BookingEvent.CANCELLED
    record_end(
        booking,
        session,
        kind,
        actor_id=actor_id,
        now=now,
        by="member" if by_member else "staff",
    )
    _promotion.promote_waitlist(
        session,
        actor_id=actor_id,
        now=now,
        returned=() if late else [booking.allowance_id],
    )
    return booking


def cancel_session_booking(
    *, session_id: int, member_id: int, now: datetime
) -> Booking:
    """Give back the member's place; if that was done before, the booking as it ended.

    Raises BookingNotFound, and what cancel_booking raises.
    """
    mine = Booking.objects.filter(session_id=session_id, member_id=member_id)
    held = mine.filter(status__in=HOLDS_PLACE).values_list("pk", flat=True).first()
    if held is not None:
        return cancel_booking(
            booking_id=held, member_id=member_id, actor_id=member_id, now=now
        )
    ended = mine.order_by("-id").first()
    if ended is None:
        raise errors.BookingNotFound(f"You have no place in session {session_id}.")
    return ended


def end(booking: Booking, *, late: bool, reason: str, now: datetime) -> None:
    booking.status = Booking.Status.LATE_CANCELLED if late else Booking.Status.CANCELLED
    booking.cancelled_at, booking.cancel_reason = now, reason[:200]
    booking.sequence += 1
    booking.save(update_fields=["status", "cancelled_at", "cancel_reason", "sequence"])


def record_end(
    booking: Booking,
    session: ClassSession,
    kind: BookingEvent,
    *,
    actor_id: int | None,
    now: datetime,
    by: str,
) -> None:
    record(
        kind,
        booking,
        at=now,
        actor_id=actor_id,
        session=session.pk,
        reference=booking.reference,
        reason=booking.cancel_reason,
        by=by,
    )

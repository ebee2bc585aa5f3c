"""Row locks of bookings, the only place that takes them. Order: sessions by key, then
what pays (claim_place), then bookings and entries, then allowances
(memberships.operations.allowances.return_classes). See docs/locks.md.
"""

from collections.abc import Iterable

from django.db.models import Q

from bookings.errors import (
    AppointmentNotFound,
    BookingNotFound,
    NotInUse,
    SessionNotFound,
)
from bookings.models import HOLDS_PLACE, Appointment, Booking, ClassSession, Trainer
from gymsite.core import row_locks
from gymsite.payments.models import Payment
from gymsite.payments.operations import hold_payment
from gymsite.postgres.rows import execute
from gymsite.postgres.statements import statements

SQL = statements("bookings", "locks")


def lock_session(session_id: int) -> ClassSession:
    """Hold a session, its places and its waitlist until the transaction ends.

    Rows that refer to it can still be written: their foreign keys' checks pass.
    """
    session = (
        ClassSession.objects.select_for_update(of=("self",), no_key=True)
        .select_related("gym_class", "branch")
        .filter(pk=session_id)
        .first()
    )
    if session is None:
        raise SessionNotFound(f"There is no session {session_id}.")
    return session


def try_lock_sessions(session_ids: Iterable[int]) -> list[int]:
    """Lock the sessions that nobody holds; it never waits, so any order is safe."""
    rows = ClassSession.objects.select_for_update(
        of=("self",), no_key=True, skip_locked=True
    )
    return list(
        rows.filter(pk__in=list(session_ids))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def lock_roster(session_id: int, shown: Iterable[int]) -> list[Booking]:
    """A locked session's bookings that hold a place, and those ``shown``; by key."""
    rows = Booking.objects.select_for_update(of=("self",), no_key=True).select_related(
        "member", "policy"
    )
    here = rows.filter(session_id=session_id)
    return list(
        here.filter(Q(status__in=HOLDS_PLACE) | Q(pk__in=list(shown))).order_by("pk")
    )


def lock_booking(
    booking_id: int, *, member_id: int | None = None
) -> tuple[Booking, ClassSession]:
    """Lock a session, then its booking; with ``member_id`` only that member's own."""
    rows = Booking.objects.filter(
        pk=booking_id, **({"member_id": member_id} if member_id else {})
    )
    session_id = rows.values_list("session_id", flat=True).first()
    if session_id is None:
        raise BookingNotFound(
            "There is no such booking.", remedy="You find yours under My bookings."
        )
    session = lock_session(session_id)
    return rows.select_for_update(of=("self",), no_key=True).get(), session


def hold_trainer_time(trainer_id: int) -> Trainer:
    """A trainer in use, and their time alone: nobody books, moves or blocks any of it
    until the transaction ends, nor teaches. The row first, as triggers do. Raises
    NotInUse."""
    trainer = row_locks.shared(Trainer.objects.filter(pk=trainer_id, is_active=True))
    if trainer is None:
        raise NotInUse(
            "This trainer takes no appointments.", remedy="Choose another one."
        )
    execute(SQL.hold_trainer_time, {"trainer": trainer_id})
    return trainer


def lock_appointment_payment(payment_id: int) -> Payment:
    """Hold a payment after the appointment that it is for."""
    references = Payment.objects.filter(pk=payment_id).values("thing")
    rows = Appointment.objects.select_for_update(of=("self",), no_key=True)
    list(rows.filter(reference__in=references).values_list("pk"))
    return hold_payment(payment_id)


def lock_appointment(
    appointment_id: int, *, client_id: int | None = None
) -> Appointment:
    """Hold an appointment, after its trainer's time where that changes; with
    ``client_id`` only that client's own. Raises AppointmentNotFound."""
    rows = Appointment.objects.filter(pk=appointment_id)
    if client_id is not None:
        rows = rows.filter(client_id=client_id)
    held = rows.select_for_update(of=("self",), no_key=True)
    appointment = held.select_related("service", "branch", "policy", "trainer").first()
    if appointment is None:
        raise AppointmentNotFound(
            "There is no such appointment.", remedy="You find yours under My bookings."
        )
    return appointment

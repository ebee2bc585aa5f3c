"""What becomes of an appointment: accepted, confirmed, checked in, over or missed."""

from datetime import datetime, timedelta

from django.db import transaction

from bookings import errors, locks
from bookings.event_kinds import BookingEvent
from bookings.models import Appointment
from bookings.models.appointments import AppointmentStatus as Status
from bookings.operations.appointments import record_appointment
from bookings.rules.appointments import may_say


@transaction.atomic
def accept_appointment(
    *, appointment_id: int, actor_id: int, now: datetime
) -> Appointment:
    """Say yes to what was requested; a second time changes nothing. Raises
    AppointmentNotFound, WrongAppointmentState."""
    appointment = locks.lock_appointment(appointment_id)
    kind = BookingEvent.APPOINTMENT_ACCEPTED
    return _go(appointment, Status.BOOKED, kind, actor_id, now)


@transaction.atomic
def confirm_appointment(
    *,
    appointment_id: int,
    client_id: int | None = None,
    actor_id: int,
    now: datetime,
) -> Appointment:
    """The client says that they will come; with ``client_id`` only their own. A second
    time changes nothing. Raises AppointmentNotFound, WrongAppointmentState."""
    appointment = locks.lock_appointment(appointment_id, client_id=client_id)
    kind = BookingEvent.APPOINTMENT_CONFIRMED
    return _go(appointment, Status.CONFIRMED, kind, actor_id, now)


@transaction.atomic
def check_in_appointment(
    *, appointment_id: int, actor_id: int, now: datetime
) -> Appointment:
    """The client is there: from check-in's opening before the start until seven days
    after the end. Raises AppointmentNotFound, WrongAppointmentState, AttendanceNotOpen,
    AttendanceClosed."""
    appointment = locks.lock_appointment(appointment_id)
    early = timedelta(minutes=appointment.policy.checkin_opens_minutes)
    _check_may_say(appointment, appointment.starts_at - early, now)
    kind = BookingEvent.APPOINTMENT_CHECKED_IN
    return _go(appointment, Status.CHECKED_IN, kind, actor_id, now)


@transaction.atomic
def complete_appointment(
    *, appointment_id: int, actor_id: int, now: datetime
) -> Appointment:
    """It took place: from the start until seven days after the end. Raises as
    check_in_appointment does."""
    appointment = locks.lock_appointment(appointment_id)
    _check_may_say(appointment, appointment.starts_at, now)
    kind = BookingEvent.APPOINTMENT_COMPLETED
    return _go(appointment, Status.COMPLETED, kind, actor_id, now)


@transaction.atomic
def miss_appointment(
    *, appointment_id: int, actor_id: int, now: datetime
) -> Appointment:
    """The client did not come: from the start until seven days after the end; what it
    costs stays to be paid. Raises as check_in_appointment does."""
    appointment = locks.lock_appointment(appointment_id)
    _check_may_say(appointment, appointment.starts_at, now)
    kind = BookingEvent.APPOINTMENT_MISSED
    return _go(appointment, Status.NO_SHOW, kind, actor_id, now)


def _check_may_say(appointment: Appointment, opens_at: datetime, now: datetime) -> None:
    refusal = may_say(
        opens_at=opens_at,
        ends_at=appointment.ends_at,
        zone=appointment.branch.zone,
        now=now,
    )
    if refusal:
        raise refusal


def _go(
    appointment: Appointment,
    to: Status,
    kind: BookingEvent,
    actor_id: int,
    now: datetime,
) -> Appointment:
    """Along the allowed paths; where it is already nothing changes."""
    if appointment.status == to:
        return appointment
    if to not in Appointment.TRANSITIONS[Status(appointment.status)]:
        raise errors.WrongAppointmentState(
            f"This appointment is {appointment.get_status_display().lower()}; it can't "
            f"become {to.label.lower()}."
        )
    if appointment.credit_returned_at:
        raise errors.WrongAppointmentState(
            "Its credit was given back to the pack, so it stays as it is."
        )
    appointment.status = to
    appointment.over_at = now if to in (Status.COMPLETED, Status.NO_SHOW) else None
    if to == Status.CHECKED_IN:
        appointment.checked_in_at = now
    changed = ["status", "over_at", "checked_in_at"]
    if kind == BookingEvent.APPOINTMENT_ACCEPTED:  # calendars show it as certain
        appointment.sequence, appointment.revised_at = appointment.sequence + 1, now
        changed += ["sequence", "revised_at"]
    appointment.save(update_fields=changed)
    record_appointment(appointment, kind, actor_id, now)
    return appointment

"""Booking a trainer's time, moving and cancelling it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from bookings import errors, locks
from bookings.event_kinds import BookingEvent
from bookings.models import OCCUPIES, Appointment, Service
from bookings.models.appointments import ENDED
from bookings.models.appointments import AppointmentStatus as Status
from bookings.operations import appointment_payments
from bookings.queries import availability
from bookings.rules.appointments import AppointmentFacts, judge_appointment
from bookings.rules.slots import Length
from gymsite.core import errors as core_errors
from gymsite.core import references
from gymsite.core.models import Branch
from gymsite.core.operations.events import record
from gymsite.core.periods import FURTHEST, when
from gymsite.payments.operations import DESK

RECORDED = {
    Status.CANCELLED: BookingEvent.APPOINTMENT_CANCELLED,
    Status.LATE_CANCELLED: BookingEvent.APPOINTMENT_CANCELLED_LATE,
    Status.DECLINED: BookingEvent.APPOINTMENT_DECLINED,
}


@transaction.atomic
def book_appointment(
    *,
    trainer_id: int,
    service_id: int,
    branch_id: int,
    client_id: int,
    starts_at: datetime,
    room_id: int | None = None,
    source: str = Appointment.Source.PAGE,
    pay_by: str = DESK,
    seen_minor: int | None = None,
    actor_id: int | None = None,
    note: str = "",
    now: datetime,
) -> Appointment:
    """Book a service with a trainer from an instant on, or request it where the policy
    has the trainer say yes first. What it costs is to be paid at the desk, or counted
    by a pack of the client (``pay_by`` PACK). ``seen_minor`` is what the client saw
    that it costs: should it cost anything else by now, it is not booked.

    Asked again for the same client, trainer and start it answers with what is booked.
    Raises the refusal of the first rule that says no (bookings.rules.appointments), and
    NotFound, NotInUse, AppointmentPriceChanged, SlotTaken, OverlappingBooking,
    RoomTaken, and of a pack PackRequired, PaymentDue or PackUsedUp.
    """
    _check_near(starts_at, now)
    service, branch = _service(service_id), _branch(branch_id)
    locks.hold_trainer_time(trainer_id)
    there = Appointment.objects.filter(trainer_id=trainer_id, starts_at=starts_at)
    if same := there.filter(client_id=client_id, status__in=OCCUPIES).first():
        return same
    if seen_minor not in (None, service.price_minor):
        raise errors.AppointmentPriceChanged
    facts = _judged(
        branch,
        trainer_id=trainer_id,
        client_id=client_id,
        length=availability.length_of(service),
        service=service,
        starts_at=starts_at,
        by_staff=source == Appointment.Source.STAFF,
        now=now,
    )
    appointment = _new(facts, service, branch)
    appointment.trainer_id, appointment.client_id = trainer_id, client_id
    appointment.room_id, appointment.source = room_id, source
    appointment.note = note[:500]
    appointment_payments.ask(appointment, pay_by, now)
    with core_errors.refusals():
        appointment.save(force_insert=True)
    requested = appointment.status == Status.REQUESTED
    kind = (
        BookingEvent.APPOINTMENT_REQUESTED
        if requested
        else BookingEvent.APPOINTMENT_BOOKED
    )
    record_appointment(appointment, kind, actor_id or client_id, now)
    appointment_payments.charge(appointment)
    return appointment


def _check_near(starts_at: datetime, now: datetime) -> None:
    """Far from today nothing can be reckoned, such as the day after the last one."""
    if starts_at - now > FURTHEST:
        raise errors.AppointmentTooFar(remedy="Choose an earlier day.")
    if now - starts_at > FURTHEST:
        raise errors.AppointmentTooSoon("That is past.", remedy="Choose a later time.")


def _service(service_id: int) -> Service:
    service = Service.objects.filter(pk=service_id).first()
    if service is None:
        raise core_errors.NotFound("There is no such service.")
    if not service.is_active:
        raise errors.NotInUse(
            f"{service} is not offered any more.", remedy="Choose another service."
        )
    return service


def _branch(branch_id: int) -> Branch:
    branch = Branch.objects.filter(pk=branch_id).first()
    if branch is None:
        raise core_errors.NotFound("There is no such branch.")
    return branch


def _judged(
    branch: Branch,
    *,
    trainer_id: int,
    client_id: int,
    length: Length,
    service: Service | None = None,
    starts_at: datetime,
    besides: int | None = None,
    by_staff: bool,
    now: datetime,
) -> AppointmentFacts:
    """The facts that the rules have let pass, while the trainer's time is held."""
    facts = availability.facts(
        branch=branch,
        trainer_id=trainer_id,
        client_id=client_id,
        length=length,
        service=service,
        starts_at=starts_at,
        besides=besides,
        now=now,
    )
    if facts is None:
        raise errors.NotInUse(
            "This trainer or this branch takes no appointments.",
            remedy="Choose another one.",
        )
    if refusal := judge_appointment(facts, by_staff=by_staff):
        raise refusal
    return facts


def _new(facts: AppointmentFacts, service: Service, branch: Branch) -> Appointment:
    """Unsaved, with the facts of its decision frozen."""
    starts_at, ends_at = facts.length.clients(facts.starts_at)
    busy_from, busy_until = facts.length.trainers(facts.starts_at)
    return Appointment(
        reference=references.new(),
        branch=branch,
        service=service,
        policy_id=facts.policy.id,
        status=Status.REQUESTED if facts.policy.on_request else Status.BOOKED,
        starts_at=starts_at,
        ends_at=ends_at,
        busy_from=busy_from,
        busy_until=busy_until,
        time_zone=branch.time_zone,
        price_minor=service.price_minor,
        currency=service.currency,
        booked_at=facts.now,
        free_until=facts.policy.free_until(starts_at, facts.now),
    )


@transaction.atomic
def move_appointment(
    *,
    appointment_id: int,
    starts_at: datetime,
    room_id: int | None = None,
    client_id: int | None = None,
    actor_id: int,
    now: datetime,
) -> Appointment:
    """Let an appointment start at another time, in ``room_id`` or in none, with its
    trainer, length, buffers and price.

    With ``client_id`` the client acts: their own, by the rules for a new one, and only
    while cancelling is free. Who is moved by their trainer may cancel free of charge
    until the new start, and no cutoff binds the trainer. A second time changes nothing.
    Raises AppointmentNotFound, WrongAppointmentState, MoveTooLate and what booking
    raises.
    """
    _check_near(starts_at, now)
    trainers = Appointment.objects.filter(pk=appointment_id)
    trainer_id = trainers.values_list("trainer_id", flat=True).first()
    if trainer_id is None:
        raise errors.AppointmentNotFound
    locks.hold_trainer_time(trainer_id)
    appointment = locks.lock_appointment(appointment_id, client_id=client_id)
    before = appointment.starts_at
    if (before, appointment.room_id) == (starts_at, room_id):
        return appointment
    _check_movable(appointment, by_client=client_id is not None, now=now)
    facts = _judged(
        appointment.branch,
        trainer_id=trainer_id,
        client_id=appointment.client_id,
        length=availability.length_agreed(appointment),
        starts_at=starts_at,
        besides=appointment.pk,
        by_staff=client_id is None,
        now=now,
    )
    by_trainer = client_id is None and actor_id == appointment.trainer.user_id
    _put(appointment, facts, room_id, by_trainer=by_trainer)
    record_appointment(
        appointment,
        BookingEvent.APPOINTMENT_MOVED,
        actor_id,
        now,
        before=before.isoformat(),
        after=starts_at.isoformat(),
    )
    return appointment


def _check_movable(appointment: Appointment, *, by_client: bool, now: datetime) -> None:
    _check_stands(appointment)
    if by_client and now > appointment.free_until:
        until = when(appointment.free_until, appointment.branch.zone)
        raise errors.MoveTooLate(
            f"It could be moved until {until}.", remedy="Ask the front desk."
        )


def _check_stands(appointment: Appointment) -> None:
    if appointment.status not in Appointment.STANDS:
        raise errors.WrongAppointmentState(
            f"This appointment is {appointment.get_status_display().lower()} already."
        )


def _put(
    appointment: Appointment,
    facts: AppointmentFacts,
    room_id: int | None,
    *,
    by_trainer: bool,
) -> None:
    length, start = facts.length, facts.starts_at
    appointment.starts_at, appointment.ends_at = length.clients(start)
    appointment.busy_from, appointment.busy_until = length.trainers(start)
    appointment.room_id, appointment.sequence = room_id, appointment.sequence + 1
    appointment.revised_at = facts.now
    cutoff = timedelta(minutes=appointment.policy.appointment_cutoff_minutes)
    agreed = facts.policy.free_until(start, facts.now)
    free_until = start if by_trainer else max(start - cutoff, agreed)
    appointment.free_until = min(start, free_until)
    times = ["starts_at", "ends_at", "busy_from", "busy_until", "free_until"]
    with core_errors.refusals():
        appointment.save(update_fields=[*times, "room", "sequence", "revised_at"])


@transaction.atomic
def cancel_appointment(
    *,
    appointment_id: int,
    client_id: int | None = None,
    actor_id: int,
    reason: str = "",
    now: datetime,
) -> Appointment:
    """Free the trainer's time. What was paid goes back, to a pack too; what is to be
    paid is dropped.

    With ``client_id`` the client acts: only their own, until the start, and after
    ``free_until`` it is paid all the same. Without it staff or the trainer act, and it
    costs nothing; a request that they cancel is declined. A second time changes
    nothing. Raises AppointmentNotFound, WrongAppointmentState, SessionStarted.
    """
    appointment = locks.lock_appointment(appointment_id, client_id=client_id)
    if appointment.status in ENDED:
        return appointment
    _check_stands(appointment)
    by_client = client_id is not None
    if by_client and now >= appointment.starts_at:
        raise errors.SessionStarted(
            "The appointment has started; it can't be cancelled any more."
        )
    ending = _ending(appointment, by_client=by_client, actor_id=actor_id, now=now)
    return _end(appointment, ending, reason, actor_id, now)


def _ending(
    appointment: Appointment, *, by_client: bool, actor_id: int, now: datetime
) -> Status:
    if appointment.status == Status.REQUESTED:
        theirs = actor_id == appointment.client_id
        return Status.CANCELLED if theirs else Status.DECLINED
    late = by_client and now > appointment.free_until
    return Status.LATE_CANCELLED if late else Status.CANCELLED


@transaction.atomic
def decline_appointment(
    *, appointment_id: int, actor_id: int, reason: str = "", now: datetime
) -> Appointment:
    """Say no to what was requested, which frees the trainer's time and costs nothing. A
    second time changes nothing. Raises AppointmentNotFound, WrongAppointmentState."""
    appointment = locks.lock_appointment(appointment_id)
    if appointment.status == Status.DECLINED:
        return appointment
    if appointment.status != Status.REQUESTED:
        said = appointment.get_status_display().lower()
        raise errors.WrongAppointmentState(
            f"This appointment is {said}; it can't become declined."
        )
    return _end(appointment, Status.DECLINED, reason, actor_id, now)


def _end(
    appointment: Appointment,
    ending: Status,
    reason: str,
    actor_id: int,
    now: datetime,
) -> Appointment:
    appointment.status = ending
    appointment.cancelled_at, appointment.cancel_reason = now, reason[:200]
    appointment.sequence, appointment.revised_at = appointment.sequence + 1, now
    changed = ["status", "cancelled_at", "cancel_reason", "sequence", "revised_at"]
    appointment.save(update_fields=changed)
    record_appointment(
        appointment, RECORDED[ending], actor_id, now, reason=appointment.cancel_reason
    )
    if ending != Status.LATE_CANCELLED:
        appointment_payments.give_back(appointment, now)
    return appointment


def record_appointment(
    appointment: Appointment,
    kind: BookingEvent,
    actor_id: int,
    now: datetime,
    **data: Any,
) -> None:
    record(
        kind,
        appointment,
        at=now,
        actor_id=actor_id,
        reference=appointment.reference,
        trainer=appointment.trainer_id,
        **data,
    )

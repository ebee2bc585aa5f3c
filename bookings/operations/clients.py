"""What a trainer does for their clients."""

from datetime import datetime

from django.db import transaction

from bookings.models import Appointment
from bookings.models.appointments import AppointmentStatus
from bookings.operations.appointment_steps import accept_appointment
from bookings.operations.appointments import book_appointment


@transaction.atomic
def book_for_client(
    *,
    trainer_id: int,
    client_id: int,
    service_id: int,
    branch_id: int,
    starts_at: datetime,
    room_id: int | None = None,
    actor_id: int,
    note: str = "",
    now: datetime,
) -> Appointment:
    """Book as staff do, by the trainer: so what would be a request is accepted at once.
    Raises what book_appointment does."""
    booked = book_appointment(
        trainer_id=trainer_id,
        service_id=service_id,
        branch_id=branch_id,
        client_id=client_id,
        starts_at=starts_at,
        room_id=room_id,
        source=Appointment.Source.STAFF,
        actor_id=actor_id,
        note=note,
        now=now,
    )
    if booked.status != AppointmentStatus.REQUESTED:
        return booked
    return accept_appointment(appointment_id=booked.pk, actor_id=actor_id, now=now)

"""What client, trainer and desk say of an appointment: from yes to no-show."""

from collections.abc import Callable
from functools import partial

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router

from bookings.api.appointments import (
    AppointmentDetails,
    AppointmentId,
    CancelInput,
    acting_client,
    answered,
    seen,
)
from bookings.models import Appointment
from bookings.operations import appointment_steps as steps
from bookings.operations.appointments import decline_appointment
from gymsite.core.errors import Forbidden
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.idempotency import idempotent
from gymsite.rest.schemas import Problem

router = Router(tags=["Appointments"])


@router.post(
    "/{appointment_id}/confirm",
    response={200: AppointmentDetails, (404, 409): Problem},
    operation_id="confirm_appointment",
    summary="Confirm an appointment",
)
@idempotent
def confirm(request: ApiRequest, appointment_id: AppointmentId) -> HttpResponse:
    """Say that one will come; trainer and staff say it for the client."""
    row = seen(request.auth, appointment_id)
    appointment = steps.confirm_appointment(
        appointment_id=appointment_id,
        client_id=acting_client(request.auth, row),
        actor_id=request.auth.pk,
        now=timezone.now(),
    )
    return answered(appointment.pk)


def _say(
    request: ApiRequest, appointment_id: int, operation: Callable[..., Appointment]
) -> HttpResponse:
    """What the trainer or staff of the branch say of an appointment, never the client.
    Raises AppointmentNotFound, Forbidden and what the operation raises."""
    viewer = request.auth
    if acting_client(viewer, seen(viewer, appointment_id)) is not None:
        raise Forbidden("Your trainer or the front desk says so.")
    appointment = operation(
        appointment_id=appointment_id, actor_id=viewer.pk, now=timezone.now()
    )
    return answered(appointment.pk)


SAID = {200: AppointmentDetails, (403, 404, 409): Problem}


@router.post(
    "/{appointment_id}/accept",
    response=SAID,
    operation_id="accept_appointment",
    summary="Accept a request",
)
@idempotent
def accept(request: ApiRequest, appointment_id: AppointmentId) -> HttpResponse:
    """For the trainer and staff: say yes to what was requested."""
    return _say(request, appointment_id, steps.accept_appointment)


@router.post(
    "/{appointment_id}/decline",
    response=SAID,
    operation_id="decline_appointment",
    summary="Decline a request",
)
@idempotent
def decline(
    request: ApiRequest, appointment_id: AppointmentId, said: Query[CancelInput]
) -> HttpResponse:
    """For the trainer and staff: say no to what was requested."""
    operation = partial(decline_appointment, reason=said.reason)
    return _say(request, appointment_id, operation)


@router.post(
    "/{appointment_id}/check-in",
    response=SAID,
    operation_id="check_in_appointment",
    summary="The client is there",
)
@idempotent
def check_in(request: ApiRequest, appointment_id: AppointmentId) -> HttpResponse:
    """For the trainer and staff, from a while before the start on."""
    return _say(request, appointment_id, steps.check_in_appointment)


@router.post(
    "/{appointment_id}/complete",
    response=SAID,
    operation_id="complete_appointment",
    summary="It took place",
)
@idempotent
def complete(request: ApiRequest, appointment_id: AppointmentId) -> HttpResponse:
    """For the trainer and staff, from the start until seven days after the end."""
    return _say(request, appointment_id, steps.complete_appointment)


@router.post(
    "/{appointment_id}/no-show",
    response=SAID,
    operation_id="miss_appointment",
    summary="The client did not come",
)
@idempotent
def miss(request: ApiRequest, appointment_id: AppointmentId) -> HttpResponse:
    """For the trainer and staff, from the start until seven days after the end; what it
    costs stays to be paid."""
    return _say(request, appointment_id, steps.miss_appointment)

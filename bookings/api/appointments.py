"""Booking a trainer's time, moving and cancelling it, and what became of it."""

from collections.abc import Callable
from typing import Annotated, Any

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from bookings import access
from bookings.errors import AppointmentNotFound
from bookings.models import Appointment
from bookings.operations import appointment_steps as steps
from bookings.operations import appointments as operations
from bookings.queries import appointments
from bookings.queries.trainers import branch_for, trains
from gymsite.core.errors import Forbidden, Invalid
from gymsite.core.models import Role, User
from gymsite.core.pagination import Page, keyset_page
from gymsite.payments.models import Payment
from gymsite.rest.answers import LocalTime, TimeZone, answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.idempotency import idempotent
from gymsite.rest.schemas import (
    Digits,
    Id,
    Input,
    Moment,
    PageInput,
    PageOf,
    PathId,
    Problem,
    choice_of,
)
from gymsite.web.access import is_staff_of, no_such_person, person_by_id

router = Router(tags=["Appointments"])
AppointmentStatus = Annotated[str, choice_of("AppointmentStatus", Appointment.Status)]
PaymentStatus = Annotated[str, choice_of("PaymentStatus", Payment.Status)]
AppointmentId = Annotated[PathId, Path()]


class AppointmentDetails(BaseModel):
    """``payment_status`` null: it costs nothing. Amounts in minor units of
    ``currency``; times with the offset of the branch."""

    id: int
    reference: str = Field(examples=["K7QF2M9XPT3"])
    status: AppointmentStatus
    branch_id: int
    branch: str = source("branch__name")
    trainer_id: int
    trainer: str = source("trainer__name")
    client_id: int
    client: str
    service_id: int
    service: str = source("service__name")
    room: str | None = source("room__name")
    time_zone: TimeZone
    starts_at: LocalTime
    ends_at: LocalTime
    price_minor: int
    currency: str
    payment_status: PaymentStatus | None = source("payment__status")
    booked_at: LocalTime
    free_until: LocalTime = Field(description="Until then cancelling is free.")
    cancelled_at: LocalTime | None
    cancel_reason: str
    note: str


class AppointmentsWanted(PageInput):
    """One's own if neither is given; else what one may see of theirs."""

    trainer: Annotated[Id, Digits] | None = Field(None, description="A trainer's id.")
    client: Annotated[Id, Digits] | None = Field(None, description="A client's id.")


class AppointmentRequest(Input):
    trainer_id: Id
    service_id: Id
    starts_at: Moment
    branch_id: Id | None = Field(
        None, description="Where; the trainer's branch if left out."
    )
    client_id: Id | None = Field(
        None, description="For staff and trainers: for whom; oneself if left out."
    )
    room_id: Id | None = Field(None, description="For staff and trainers.")
    note: str = Field("", max_length=500)


class MoveRequest(Input):
    """Without ``room_id`` the room stays; null is none. Members leave it out."""

    starts_at: Moment
    room_id: Id | None = None


class CancelInput(BaseModel):
    reason: str = Field("", max_length=200, description="Which the other one reads.")


def _appointment(row: Any) -> dict[str, Any]:
    client = f"{row.client__first_name} {row.client__last_name}".strip()
    return {**row._asdict(), "client": client}


def _seen(viewer: User, appointment_id: int) -> Any:
    """The row, or AppointmentNotFound where it is none of the viewer's business."""
    rows = appointments.as_rows().filter(access.sees_appointment(viewer))
    row = rows.filter(pk=appointment_id).first()
    if row is None:
        raise AppointmentNotFound(f"There is no appointment {appointment_id}.")
    return row


def _answer(appointment: Appointment, status: int = 200) -> HttpResponse:
    row = appointments.as_rows().get(pk=appointment.pk)
    return answer(AppointmentDetails, _appointment(row), status)


@router.get(
    "/",
    response=PageOf[AppointmentDetails],
    operation_id="list_appointments",
    summary="Appointments",
)
def listed(request: ApiRequest, wanted: Query[AppointmentsWanted]) -> HttpResponse:
    """One's own, the latest first. Trainers see those with them, staff those at their
    branch, by ``trainer`` and ``client``."""
    rows = appointments.as_rows().filter(access.sees_appointment(request.auth))
    if wanted.trainer is not None:
        rows = rows.filter(trainer_id=wanted.trainer)
    if wanted.client is not None or wanted.trainer is None:
        rows = rows.filter(client_id=wanted.client or request.auth.pk)
    found = keyset_page(
        rows, ("-starts_at", "-id"), cursor=wanted.cursor, limit=wanted.limit
    )
    items = [_appointment(row) for row in found.items]
    return answer(PageOf[AppointmentDetails], Page(items, found.next))


@router.post(
    "/book",
    response={201: AppointmentDetails, (403, 404, 409): Problem},
    operation_id="book_appointment",
    summary="Book an appointment",
)
@idempotent
def book(request: ApiRequest, body: AppointmentRequest) -> HttpResponse:
    """Take a trainer's time, or ask for it where the trainer says yes first. The first
    rule that says no is the answer. It is paid at the desk."""
    viewer = request.auth
    branch = branch_for(viewer, branch_id=body.branch_id, trainer_id=body.trainer_id)
    client_id = body.client_id or viewer.pk
    by_client = client_id == viewer.pk
    if not by_client:
        _check_books_for(viewer, client_id, branch.pk, body.trainer_id)
    elif body.room_id is not None:
        raise Invalid({"room_id": ["The trainer or the desk chooses the room."]})
    appointment = operations.book_appointment(
        trainer_id=body.trainer_id,
        service_id=body.service_id,
        branch_id=branch.pk,
        client_id=client_id,
        starts_at=body.starts_at,
        room_id=body.room_id,
        source=Appointment.Source.API if by_client else Appointment.Source.STAFF,
        actor_id=viewer.pk,
        note=body.note,
        now=timezone.now(),
    )
    return _answer(appointment, 201)


def _check_books_for(
    viewer: User, client_id: int, branch_id: int, trainer_id: int
) -> None:
    """Staff of the branch book for everybody, trainers for those whom they train.
    Raises NotFound."""
    if is_staff_of(viewer, branch_id):
        person_by_id(viewer, client_id)
    elif viewer.role != Role.TRAINER or not trains(viewer.pk, trainer_id, client_id):
        raise no_such_person()


@router.get(
    "/{appointment_id}",
    response={200: AppointmentDetails, 404: Problem},
    operation_id="read_appointment",
    summary="One appointment",
)
def one(request: ApiRequest, appointment_id: AppointmentId) -> HttpResponse:
    """One's own, or one that the caller gives or keeps the desk for."""
    row = _seen(request.auth, appointment_id)
    return answer(AppointmentDetails, _appointment(row))


@router.post(
    "/{appointment_id}/move",
    response={200: AppointmentDetails, (404, 409): Problem},
    operation_id="move_appointment",
    summary="Move an appointment",
)
@idempotent
def move(
    request: ApiRequest, appointment_id: AppointmentId, body: MoveRequest
) -> HttpResponse:
    """Let it start at another time, with the same trainer, length and price: one's own
    while cancelling is free; trainer and staff until it is over."""
    row = _seen(request.auth, appointment_id)
    by_client = row.client_id == request.auth.pk
    names_room = "room_id" in body.model_fields_set
    if by_client and names_room:
        raise Invalid({"room_id": ["The trainer or the desk chooses the room."]})
    appointment = operations.move_appointment(
        appointment_id=appointment_id,
        starts_at=body.starts_at,
        room_id=body.room_id if names_room else row.room_id,
        client_id=row.client_id if by_client else None,
        actor_id=request.auth.pk,
        now=timezone.now(),
    )
    return _answer(appointment)


@router.delete(
    "/{appointment_id}/cancel",
    response={200: AppointmentDetails, (404, 409): Problem},
    operation_id="cancel_appointment",
    summary="Cancel an appointment",
)
def cancel(
    request: ApiRequest, appointment_id: AppointmentId, said: Query[CancelInput]
) -> HttpResponse:
    """Free the trainer's time. One's own is free of charge until ``free_until``; what a
    trainer or staff cancel costs nothing. Asked again, the answer stays."""
    row = _seen(request.auth, appointment_id)
    appointment = operations.cancel_appointment(
        appointment_id=appointment_id,
        client_id=_client(request.auth, row),
        actor_id=request.auth.pk,
        reason=said.reason,
        now=timezone.now(),
    )
    return _answer(appointment)


def _client(viewer: User, row: Any) -> int | None:
    """The viewer where it is their own, by whose rules they then go; who also works at
    the desk does, too."""
    return viewer.pk if row.client_id == viewer.pk else None


@router.post(
    "/{appointment_id}/confirm",
    response={200: AppointmentDetails, (404, 409): Problem},
    operation_id="confirm_appointment",
    summary="Confirm an appointment",
)
@idempotent
def confirm(request: ApiRequest, appointment_id: AppointmentId) -> HttpResponse:
    """Say that one will come; trainer and staff say it for the client."""
    row = _seen(request.auth, appointment_id)
    appointment = steps.confirm_appointment(
        appointment_id=appointment_id,
        client_id=_client(request.auth, row),
        actor_id=request.auth.pk,
        now=timezone.now(),
    )
    return _answer(appointment)


def _say(
    request: ApiRequest, appointment_id: int, operation: Callable[..., Appointment]
) -> HttpResponse:
    """What the trainer or staff of the branch say of an appointment, never the client.
    Raises AppointmentNotFound, Forbidden and what the operation raises."""
    viewer = request.auth
    if _client(viewer, _seen(viewer, appointment_id)) is not None:
        raise Forbidden("Your trainer or the front desk says so.")
    appointment = operation(
        appointment_id=appointment_id, actor_id=viewer.pk, now=timezone.now()
    )
    return _answer(appointment)


SAID = {200: AppointmentDetails, (403, 404, 409): Problem}


@router.post(
    "/{appointment_id}/accept",
    response=SAID,
    operation_id="accept_appointment",
    summary="Accept a request",
)
@idempotent
def accept(request: ApiRequest, appointment_id: AppointmentId) -> HttpResponse:
    """For the trainer and staff: say yes to what was requested. To say no is to
    cancel."""
    return _say(request, appointment_id, steps.accept_appointment)


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

"""Booking a trainer's time, moving and cancelling it, and what became of it."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from bookings import access
from bookings.errors import AppointmentNotFound
from bookings.models import Appointment
from bookings.operations import appointments as operations
from bookings.operations.appointment_payments import PACK, pay_appointment
from bookings.operations.clients import book_for_client
from bookings.queries import appointments
from bookings.queries.trainers import branch_for, trains
from gymsite.core.errors import DomainError, Forbidden, Invalid
from gymsite.core.models import Role, User
from gymsite.core.pagination import Page, keyset_page
from gymsite.payments.models import Payment
from gymsite.payments.operations import DESK
from gymsite.rest.answers import LocalTime, TimeZone, answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.idempotency import idempotent, idempotent_network
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
from gymsite.web.http import problem

router = Router(tags=["Appointments"])
AppointmentStatus = Annotated[str, choice_of("AppointmentStatus", Appointment.Status)]
PaymentStatus = Annotated[str, choice_of("PaymentStatus", Payment.Status)]
CARD = Field("", max_length=200, description="What the gateway knows the card by.")
AppointmentId = Annotated[PathId, Path()]


class AppointmentDetails(BaseModel):
    """``payment_status`` null: it costs nothing, or is counted by a pack. Amounts in
    minor units of ``currency``; times with the offset of the branch."""

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
    payment_id: int | None
    payment_status: PaymentStatus | None = source("payment__status")
    from_pack: bool = Field(description="Whether a pack of the client counts it.")
    booked_at: LocalTime
    free_until: LocalTime = Field(description="Until then cancelling is free.")
    cancelled_at: LocalTime | None
    cancel_reason: str
    note: str


class AppointmentReceipt(AppointmentDetails):
    """Without ``payment_problem`` unless a card did not pay: it is booked all the same,
    and to be paid at the desk or by ``pay``."""

    payment_problem: Problem | None = None


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
    pay_by: str = Field(
        DESK,
        max_length=20,
        description="`desk`, `card`, or `pack` for a pack of appointments; whoever "
        "books for somebody else leaves it to the desk.",
        examples=[DESK],
    )
    source: str = CARD
    price_minor: int | None = Field(
        None,
        ge=0,
        le=2**31 - 1,
        description="What one saw that it costs; it is refused if that has changed.",
    )


class AppointmentPaymentRequest(Input):
    gateway: str = Field(
        "card", max_length=20, description="A way to pay.", examples=["card"]
    )
    source: str = CARD


class MoveRequest(Input):
    """Without ``room_id`` the room stays; null is none. Members leave it out."""

    starts_at: Moment
    room_id: Id | None = None


class CancelInput(BaseModel):
    reason: str = Field("", max_length=200, description="Which the other one reads.")


def _appointment(row: Any) -> dict[str, Any]:
    client = f"{row.client__first_name} {row.client__last_name}".strip()
    return {**row._asdict(), "client": client, "from_pack": bool(row.allowance_id)}


def seen(viewer: User, appointment_id: int) -> Any:
    """The row, or AppointmentNotFound where it is none of the viewer's business."""
    rows = appointments.as_rows().filter(access.sees_appointment(viewer))
    row = rows.filter(pk=appointment_id).first()
    if row is None:
        raise AppointmentNotFound(f"There is no appointment {appointment_id}.")
    return row


def answered(appointment_id: int) -> HttpResponse:
    row = appointments.as_rows().get(pk=appointment_id)
    return answer(AppointmentDetails, _appointment(row))


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
    response={201: AppointmentReceipt, (403, 404, 409): Problem},
    operation_id="book_appointment",
    summary="Book an appointment",
)
def book(request: ApiRequest, body: AppointmentRequest) -> HttpResponse:
    """Take a trainer's time, or ask for it where the trainer says yes first. The first
    rule that says no is the answer. A card is asked when it is booked; should it say
    no, the appointment stands."""
    if body.pay_by in (DESK, PACK):
        return _book(request, body)
    return _book_and_pay(request, body)


@idempotent
def _book(request: ApiRequest, body: AppointmentRequest) -> HttpResponse:
    return _receipt(_booked(request.auth, body, timezone.now()))


@idempotent_network
def _book_and_pay(request: ApiRequest, body: AppointmentRequest) -> HttpResponse:
    """Booking again finds what is booked, and paying what is paid."""
    now = timezone.now()
    booked = _booked(request.auth, body, now)
    if booked.payment_id is None:
        return _receipt(booked)
    try:
        pay_appointment(
            appointment_id=booked.pk,
            client_id=booked.client_id,
            gateway=body.pay_by,
            source=body.source,
            now=now,
        )
    except DomainError as refusal:
        return _receipt(booked, payment_problem=problem(refusal))
    return _receipt(booked)


def _receipt(booked: Appointment, **more: Any) -> HttpResponse:
    row = _appointment(appointments.as_rows().get(pk=booked.pk))
    return answer(AppointmentReceipt, row | more, 201, exclude_unset=True)


def _booked(viewer: User, body: AppointmentRequest, now: datetime) -> Appointment:
    branch = branch_for(viewer, branch_id=body.branch_id, trainer_id=body.trainer_id)
    given = body.model_dump(include={"trainer_id", "service_id", "starts_at", "note"})
    given |= {"branch_id": branch.pk, "actor_id": viewer.pk, "now": now}
    if body.client_id not in (None, viewer.pk):
        return _booked_for(viewer, body, given | {"client_id": body.client_id})
    if body.room_id is not None:
        raise Invalid({"room_id": ["The trainer or the desk chooses the room."]})
    return operations.book_appointment(
        **given,
        client_id=viewer.pk,
        source=Appointment.Source.API,
        pay_by=body.pay_by,
        seen_minor=body.price_minor,
    )


def _booked_for(
    viewer: User, body: AppointmentRequest, given: dict[str, Any]
) -> Appointment:
    """By staff's rules; what the trainer books is no request any more."""
    client_id, trainer_id = given["client_id"], given["trainer_id"]
    _check_books_for(viewer, client_id, given["branch_id"], trainer_id)
    if body.pay_by != DESK:
        raise Invalid({"pay_by": ["The client pays in another way, or at the desk."]})
    given |= {"room_id": body.room_id}
    if viewer.role == Role.TRAINER:
        return book_for_client(**given)
    return operations.book_appointment(
        **given, source=Appointment.Source.STAFF, seen_minor=body.price_minor
    )


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
    row = seen(request.auth, appointment_id)
    return answer(AppointmentDetails, _appointment(row))


@router.post(
    "/{appointment_id}/pay",
    response={200: AppointmentDetails, (402, 403, 404, 409): Problem},
    operation_id="pay_appointment",
    summary="Pay an appointment",
)
@idempotent_network
def pay(
    request: ApiRequest,
    appointment_id: AppointmentId,
    body: AppointmentPaymentRequest,
) -> HttpResponse:
    """Pay one's own by card, in place of the desk; paid before, nothing happens. A card
    that says no leaves it to be paid at the desk."""
    viewer = request.auth
    if acting_client(viewer, seen(viewer, appointment_id)) is None:
        raise Forbidden("The client pays by card; the desk takes the money there.")
    pay_appointment(
        appointment_id=appointment_id,
        client_id=viewer.pk,
        gateway=body.gateway,
        source=body.source,
        now=timezone.now(),
    )
    return answered(appointment_id)


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
    while cancelling is free; trainer and staff until it is over. Whom the trainer
    moves may cancel free of charge until it starts."""
    row = seen(request.auth, appointment_id)
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
    return answered(appointment.pk)


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
    trainer or staff cancel costs nothing, and a request is declined. Asked again, the
    answer stays."""
    row = seen(request.auth, appointment_id)
    appointment = operations.cancel_appointment(
        appointment_id=appointment_id,
        client_id=acting_client(request.auth, row),
        actor_id=request.auth.pk,
        reason=said.reason,
        now=timezone.now(),
    )
    return answered(appointment.pk)


def acting_client(viewer: User, row: Any) -> int | None:
    """The viewer where it is their own, by whose rules they then go; who also works at
    the desk does, too."""
    return viewer.pk if row.client_id == viewer.pk else None

"""Places and turns."""

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from bookings import access
from bookings.models import Booking
from bookings.operations.bookings import book_session, cancel_session_booking
from bookings.operations.waitlist import enter_line
from bookings.queries import bookings, waitlist
from gymsite.core.pagination import keyset_page
from gymsite.rest.answers import Beside, LocalTime, TimeZone, answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.idempotency import idempotent
from gymsite.rest.schemas import (
    Id,
    Input,
    PageInput,
    PageOf,
    PathId,
    Problem,
    choice_of,
)
from gymsite.web.access import person_by_name

router = Router(tags=["Bookings"])
BookingStatus = Annotated[str, choice_of("BookingStatus", Booking.Status)]


class BookingRequest(Input):
    session_id: Id


class BookingReceipt(BaseModel):
    """``reference`` is what people see and say."""

    id: int
    session_id: int
    status: BookingStatus
    reference: str = Field(examples=["K7QF2M9XPT3"])


class CancellationReceipt(BaseModel):
    """``late``: it was after the free time, so a limited plan's class is used up."""

    status: Literal["cancelled"]
    late: bool


class WaitlistPosition(BaseModel):
    """``position`` of ``length`` who wait: 3 of 7."""

    position: int
    length: int


class WaitlistTurn(BaseModel):
    position: int
    member_id: int
    username: str = source("member__username")
    name: str
    time_zone: TimeZone
    joined_at: LocalTime


class Waitlist(BaseModel):
    """``position`` is one's own, null when one does not wait. ``entries`` and ``next``
    are there for staff only."""

    length: int
    position: int | None
    entries: list[WaitlistTurn] | None = None
    next: str | None = None


class BookingDetails(BaseModel):
    id: int
    reference: str
    session_id: int
    status: BookingStatus
    name: str = source("session__gym_class__name", examples=["Vinyasa Flow"])
    trainer: str = source("session__trainer__name")
    room: str = source("session__room__name")
    branch: str = source("branch__name")
    time_zone: TimeZone = source("session__time_zone")
    starts_at: LocalTime
    ends_at: LocalTime
    booked_at: LocalTime
    free_until: LocalTime = Field(description="Until then cancelling is free.")
    cancelled_at: LocalTime | None


@router.post(
    "/book",
    response={201: BookingReceipt, (403, 404): Problem},
    operation_id="book_session",
    summary="Book a place",
)
@idempotent
def book(request: ApiRequest, body: BookingRequest) -> HttpResponse:
    """Take a place in a session. The first rule that says no is the answer, with its
    values and a remedy."""
    booking = book_session(
        session_id=body.session_id,
        member_id=request.auth.pk,
        source=Booking.Source.API,
        now=timezone.now(),
    )
    return answer(BookingReceipt, booking, 201)


@router.delete(
    "/{session_id}/cancel",
    response={200: CancellationReceipt, (404, 409): Problem},
    operation_id="cancel_booking",
    summary="Cancel my place",
)
def cancel(request: ApiRequest, session_id: Annotated[PathId, Path()]) -> HttpResponse:
    """Give one's place back; the first in line gets it. Asked again, the answer stays
    and nothing more happens."""
    booking = cancel_session_booking(
        session_id=session_id, member_id=request.auth.pk, now=timezone.now()
    )
    late = booking.status == Booking.Status.LATE_CANCELLED
    return answer(CancellationReceipt, {"status": "cancelled", "late": late})


@router.get(
    "/{session_id}/waitlist",
    response={200: Waitlist, 404: Problem},
    operation_id="read_waitlist",
    summary="Who waits",
)
def line(
    request: ApiRequest, session_id: Annotated[PathId, Path()], page: Query[PageInput]
) -> HttpResponse:
    """How many wait and which place is one's own; who they are is for staff of the
    branch and the session's trainer."""
    viewer = request.auth
    standing = waitlist.standing(session_id, viewer.pk)
    shown: dict[str, Any] = {}
    if access.sees_line(viewer, standing.branch_id, standing.trainer_user_id):
        rows = waitlist.as_rows(session_id)
        found = keyset_page(rows, ("position",), cursor=page.cursor, limit=page.limit)
        first = (
            waitlist.rank(session_id, found.items[0].position)
            if page.cursor and found.items
            else 1
        )
        turns = enumerate(found.items, start=first)
        entries = [
            Beside(
                row,
                position=number,
                name=f"{row.member__first_name} {row.member__last_name}".strip(),
                time_zone=standing.time_zone,
            )
            for number, row in turns
        ]
        shown = {"entries": entries, "next": found.next}
    return answer(Waitlist, Beside(standing, **shown), exclude_unset=True)


@router.post(
    "/{session_id}/waitlist/join",
    response={201: WaitlistPosition, (403, 404): Problem},
    operation_id="join_waitlist",
    summary="Join the waitlist",
)
@idempotent
def join(request: ApiRequest, session_id: Annotated[PathId, Path()]) -> HttpResponse:
    """Queue for a full session. A limited plan's class is reserved meanwhile and comes
    back if no place does."""
    _, length = enter_line(
        session_id=session_id, member_id=request.auth.pk, now=timezone.now()
    )
    return answer(WaitlistPosition, {"position": length, "length": length}, 201)


@router.get(
    "/{username}",
    response={200: PageOf[BookingDetails], 404: Problem},
    operation_id="list_bookings",
    summary="Somebody's bookings",
)
def of_person(
    request: ApiRequest,
    username: Annotated[str, Path(max_length=150)],
    page: Query[PageInput],
) -> HttpResponse:
    """All bookings, the latest session first. Staff see those at their branch, trainers
    those of their classes."""
    person = person_by_name(request.auth, username)
    rows = access.bookings_seen(request.auth, person, bookings.as_rows(person.pk))
    found = keyset_page(
        rows, ("-starts_at", "-id"), cursor=page.cursor, limit=page.limit
    )
    return answer(PageOf[BookingDetails], found)

"""Visits."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from bookings.models import CheckIn
from bookings.operations.checkins import check_in
from bookings.queries import checkins
from gymsite.core.errors import Invalid
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
from gymsite.web.access import is_staff_of, no_such_person, person_by_id, rows_seen

router = Router(tags=["Check-ins"])
CheckInMethod = Annotated[str, choice_of("CheckInMethod", CheckIn.Method)]


class CheckInRequest(Input):
    """``nonce`` is a random number for one scan: repeated with it, a scan counts
    once."""

    branch_id: Id | None = Field(
        None, description="The home branch if left out; for staff, theirs."
    )
    nonce: UUID | None = Field(None, strict=False)


class VisitDetails(BaseModel):
    """``booking`` is the reference of the booking that it was for, if any."""

    id: int
    time_zone: TimeZone
    at: LocalTime
    branch: str = source("branch__name")
    method: CheckInMethod
    booking: str | None = source("booking__reference")


class CheckInReceipt(VisitDetails):
    """``repeated``: this scan's check-in was there already."""

    repeated: bool


@router.post(
    "/{user_id}/checkin",
    response={201: CheckInReceipt, (403, 404): Problem},
    operation_id="check_in",
    summary="Check in",
)
@idempotent
def check_in_person(
    request: ApiRequest, user_id: Annotated[PathId, Path()], body: CheckInRequest
) -> HttpResponse:
    """Come in: oneself with a membership or a booking, or let in by staff of the
    branch. A booking around now counts as attended."""
    viewer = request.auth
    branch_id = body.branch_id or viewer.home_branch_id
    if branch_id is None:
        raise Invalid({"branch_id": ["Say which branch."]})
    oneself = user_id == viewer.pk
    if not oneself and not is_staff_of(viewer, branch_id):
        raise no_such_person()
    visit = check_in(
        member_id=user_id,
        branch_id=branch_id,
        method=CheckIn.Method.API if oneself else CheckIn.Method.DESK,
        nonce=body.nonce,
        actor_id=viewer.pk,
        now=timezone.now(),
    )
    checkin, booking = visit.checkin, visit.booking
    shown = Beside(
        checkin,
        time_zone=checkin.branch.time_zone,
        branch__name=checkin.branch.name,
        booking__reference=booking.reference if booking else None,
        repeated=visit.repeated,
    )
    return answer(CheckInReceipt, shown, 201)


@router.get(
    "/{user_id}",
    response={200: PageOf[VisitDetails], 404: Problem},
    operation_id="list_visits",
    summary="Somebody's visits",
)
def of_person(
    request: ApiRequest, user_id: Annotated[PathId, Path()], page: Query[PageInput]
) -> HttpResponse:
    """Visits, newest first: one's own, or for staff those to their branch."""
    person = person_by_id(request.auth, user_id)
    rows = rows_seen(request.auth, person, checkins.as_rows(person.pk))
    found = keyset_page(rows, ("-at", "-id"), cursor=page.cursor, limit=page.limit)
    return answer(PageOf[VisitDetails], found)

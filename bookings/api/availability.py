"""When trainers can be booked."""

from datetime import date
from typing import Annotated

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, Field

from bookings.models import Service
from bookings.queries import availability
from bookings.queries.trainers import branch_for
from gymsite.core.errors import NotFound
from gymsite.core.models import User
from gymsite.rest.answers import Beside, LocalTime, TimeZone, answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.schemas import Day, Digits, Id, Problem
from gymsite.web.access import is_staff_of, no_such_person

router = Router(tags=["Appointments"])
NumberOfId = Annotated[Id, Digits]


class SlotsWanted(BaseModel):
    service: NumberOfId
    trainer: NumberOfId | None = Field(
        None, description="A trainer's id; every trainer of the branch if left out."
    )
    branch: NumberOfId | None = Field(
        None, description="Where; the trainer's branch, or one's own, if left out."
    )
    client: NumberOfId | None = Field(
        None, description="For staff: for whom; oneself if left out."
    )
    first: Day | None = Field(None, description="The first date; today if left out.")
    days: int = Field(7, ge=1, le=availability.LONGEST_LIST)


class TrainerSlots(BaseModel):
    """``starts`` are the moments at which an appointment can start."""

    trainer_id: int
    trainer: str = source("trainer_name")
    time_zone: TimeZone
    starts: list[LocalTime]


class FreeSlots(BaseModel):
    """Free times on ``days`` dates from ``first`` on, of the branch's calendar."""

    service_id: int
    branch_id: int
    first: date
    days: int
    trainers: list[TrainerSlots]


@router.get(
    "/",
    response={200: FreeSlots, 404: Problem},
    operation_id="list_free_slots",
    summary="Free times",
)
def free(request: ApiRequest, wanted: Query[SlotsWanted]) -> HttpResponse:
    """When a service can be booked with a trainer, or with every trainer of a branch,
    as far as they give it. Times of one's own classes and appointments are left
    out."""
    viewer, now = request.auth, timezone.now()
    service = Service.objects.filter(pk=wanted.service, is_active=True).first()
    if service is None:
        raise NotFound(f"There is no service {wanted.service}.")
    branch = branch_for(viewer, branch_id=wanted.branch, trainer_id=wanted.trainer)
    first = wanted.first or branch.today(now)
    found = availability.free_slots(
        branch=branch,
        service=service,
        first=first,
        days=wanted.days,
        trainer_id=wanted.trainer,
        client_id=_client(viewer, branch.pk, wanted.client),
        now=now,
    )
    shown = {
        "service_id": service.pk,
        "branch_id": branch.pk,
        "first": first,
        "days": wanted.days,
        "trainers": [Beside(one, time_zone=branch.time_zone) for one in found],
    }
    return answer(FreeSlots, shown)


def _client(viewer: User, branch_id: int, asked: int | None) -> int:
    """Raises NotFound where ``viewer`` may not book for that person."""
    if asked is None or asked == viewer.pk:
        return viewer.pk
    if not is_staff_of(viewer, branch_id):
        raise no_such_person()
    return asked

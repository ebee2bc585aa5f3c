"""Who trains."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from bookings.queries import trainers
from gymsite.core.errors import NotFound
from gymsite.core.pagination import keyset_page
from gymsite.rest.answers import answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.schemas import Digits, Id, PageInput, PageOf, PathId, Problem

router = Router(tags=["Trainers"])
PHOTO = "It is at ``/trainers/photos/{photo}.webp``; null: there is none."


class TrainerDetails(BaseModel):
    id: int
    name: str = Field(examples=["Lena Brandt"])
    slug: str
    branch_id: int
    branch: str = source("branch.name")
    photo: str | None = source("photo_id", description=PHOTO)
    bio: str
    specialities: list[str]
    credentials: list[str]


class TrainersWanted(PageInput):
    branch: Annotated[Id, Digits] | None = Field(
        None, description="A branch's id: its trainers alone."
    )
    service: Annotated[Id, Digits] | None = Field(
        None, description="A service's id: who gives it."
    )


@router.get(
    "/",
    response=PageOf[TrainerDetails],
    operation_id="list_trainers",
    summary="Trainers",
)
def team(request: ApiRequest, wanted: Query[TrainersWanted]) -> HttpResponse:
    """Trainers in use, by name."""
    rows = trainers.team()
    if wanted.branch is not None:
        rows = rows.filter(branch_id=wanted.branch)
    if wanted.service is not None:
        rows = rows.filter(gives__service=wanted.service)
    found = keyset_page(rows, ("name", "id"), cursor=wanted.cursor, limit=wanted.limit)
    return answer(PageOf[TrainerDetails], found)


@router.get(
    "/{trainer_id}",
    response={200: TrainerDetails, 404: Problem},
    operation_id="read_trainer",
    summary="One trainer",
)
def one(request: ApiRequest, trainer_id: Annotated[PathId, Path()]) -> HttpResponse:
    """A trainer in use."""
    trainer = trainers.team().filter(pk=trainer_id).first()
    if trainer is None:
        raise NotFound(f"There is no trainer {trainer_id}.")
    return answer(TrainerDetails, trainer)

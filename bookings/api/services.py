"""What is sold by the hour."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from bookings.queries import services
from gymsite.core.pagination import keyset_page
from gymsite.rest.answers import answer
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.schemas import Digits, Id, PageInput, PageOf

router = Router(tags=["Appointments"])


class ServiceDetails(BaseModel):
    """``branch_id`` null: at every branch. Lengths are minutes; buffers are the
    trainer's, before and after. It starts every ``raster_minutes`` of the day."""

    id: int
    name: str = Field(examples=["Personal training"])
    slug: str
    description: str
    branch_id: int | None
    minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    raster_minutes: int
    price_minor: int = Field(examples=[5500])
    currency: str


class ServicesWanted(PageInput):
    branch: Annotated[Id, Digits] | None = Field(
        None, description="A branch's id: what is offered there."
    )
    trainer: Annotated[Id, Digits] | None = Field(
        None, description="A trainer's id: what they give."
    )


@router.get(
    "/",
    response=PageOf[ServiceDetails],
    operation_id="list_services",
    summary="What trainers offer",
)
def offered(request: ApiRequest, wanted: Query[ServicesWanted]) -> HttpResponse:
    """Services that can be booked, by name."""
    rows = services.offered(wanted.branch, wanted.trainer)
    found = keyset_page(rows, ("name", "id"), cursor=wanted.cursor, limit=wanted.limit)
    return answer(PageOf[ServiceDetails], found)

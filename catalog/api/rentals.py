"""Renting things for some days."""

from datetime import date
from typing import Annotated

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, Field

from catalog.models import Rental
from catalog.operations import rentals as operations
from catalog.queries import rentals
from gymsite.core import references
from gymsite.core.errors import Invalid
from gymsite.core.pagination import keyset_page
from gymsite.rest.answers import answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.idempotency import HEADER, idempotent, idempotent_network
from gymsite.rest.schemas import Day, Id, Input, PageInput, PageOf, Problem, choice_of

router = Router(tags=["Rentals"])
RentalStatus = Annotated[str, choice_of("RentalStatus", Rental.Status)]


class RentalKindDetails(BaseModel):
    """Amounts in minor units of ``currency``; fees are for a day."""

    id: int
    name: str
    slug: str
    summary: str
    day_fee_minor: int
    late_fee_minor: int
    deposit_minor: int
    currency: str
    longest_days: int


class RentalDetails(BaseModel):
    """``late_minor`` is what being late came to."""

    id: int
    reference: str = Field(examples=["K7QF2M9XPT3"])
    status: RentalStatus
    kind: str = source("unit.kind.name", examples=["Kettlebell 16 kg"])
    unit: str = source("unit.code", examples=["KB-07"])
    branch_id: int
    starts_on: date
    ends_on: date
    fee_minor: int
    deposit_minor: int
    late_minor: int
    currency: str


class RentalRequest(Input):
    kind_id: Id
    branch_id: Id | None = Field(
        None, description="Where; the home branch if left out."
    )
    starts_on: Day
    ends_on: Day = Field(description="The last day, included.")
    gateway: str = Field("card", max_length=20, examples=["card"])
    source: str = Field(
        "", max_length=200, description="What the gateway knows the card by."
    )


class RentalReturnRequest(Input):
    rental_id: Id


@router.get(
    "/kinds",
    response=PageOf[RentalKindDetails],
    auth=None,
    operation_id="list_rental_kinds",
    summary="What can be rented",
)
def kinds(request: ApiRequest, page: Query[PageInput]) -> HttpResponse:
    """In the shop's order; open to everybody."""
    found = keyset_page(
        rentals.kinds(), ("rank", "id"), cursor=page.cursor, limit=page.limit
    )
    return answer(PageOf[RentalKindDetails], found)


@router.get(
    "/",
    response=PageOf[RentalDetails],
    operation_id="list_my_rentals",
    summary="My rentals",
)
def mine(request: ApiRequest, page: Query[PageInput]) -> HttpResponse:
    """The newest first."""
    found = keyset_page(
        rentals.of_member(request.auth.pk),
        ("-id",),
        cursor=page.cursor,
        limit=page.limit,
    )
    return answer(PageOf[RentalDetails], found)


@router.post(
    "/rent",
    response={201: RentalDetails, (402, 404, 409): Problem},
    operation_id="rent",
    summary="Rent a thing",
)
@idempotent_network
def rent(request: ApiRequest, body: RentalRequest) -> HttpResponse:
    """A unit of the kind that is free on all the days.

    Its fees and deposit are paid at once. A repeat of a request that was killed before
    it was answered finds what that one rented, by its reference.
    """
    branch_id = body.branch_id or request.auth.home_branch_id
    if branch_id is None:
        raise Invalid({"branch_id": ["You have no home branch. Say where."]})
    wish = operations.Wish(
        body.kind_id, branch_id, request.auth.pk, body.starts_on, body.ends_on
    )
    key = request.headers.get(HEADER)
    rental = operations.rent(
        wish=wish,
        gateway=body.gateway,
        source=body.source,
        reference=references.of("rental", key, wish) if key else None,
        now=timezone.now(),
    )
    return answer(RentalDetails, rental, 201)


@router.post(
    "/return",
    response={200: RentalDetails, (404, 409): Problem},
    operation_id="return_rental",
    summary="Return a thing",
)
@idempotent
def return_rental(request: ApiRequest, body: RentalReturnRequest) -> HttpResponse:
    """A member says that their thing is back.

    It stays ``out`` until the desk has looked at it. Staff of its branch take it back:
    the deposit goes back, less what being late costs.
    """
    viewer, now = request.auth, timezone.now()
    if rentals.is_of_their_desk(body.rental_id, viewer):
        rental = operations.return_rental(
            rental_id=body.rental_id, actor_id=viewer.pk, now=now
        )
    else:
        rental = operations.announce_return(
            rental_id=body.rental_id, member_id=viewer.pk, now=now
        )
    return answer(RentalDetails, rental)

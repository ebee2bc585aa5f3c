"""Which partner a key is of."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from gymsite.partners.bearer import PartnerKey, PartnerRequest
from gymsite.partners.models import Scope
from gymsite.rest.answers import UtcTime, answer, source
from gymsite.rest.schemas import choice_of

router = Router(tags=["Partners"])
KeyScope = Annotated[str, choice_of("KeyScope", Scope)]


class PartnerDetails(BaseModel):
    """The partner, and the key that asks: what it opens, and until when."""

    partner: str = Field(examples=["Acme"])
    slug: str = Field(examples=["acme"])
    key: str = source("name", examples=["Payroll"])
    prefix: str = Field(examples=["gym_k7qf2m9x"])
    scopes: list[KeyScope]
    requests_a_minute: int
    expires_at: UtcTime | None


@router.get(
    "/",
    response=PartnerDetails,
    auth=PartnerKey(),
    operation_id="read_partner",
    summary="My partner and key",
)
def mine(request: PartnerRequest) -> HttpResponse:
    """Whose key this is; opened by every key."""
    return answer(PartnerDetails, request.auth)

"""Who is sponsored."""

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, Field

from gymsite.core import references
from gymsite.core.pagination import keyset_page
from gymsite.partners.bearer import PartnerKey, PartnerRequest
from gymsite.partners.errors import SponsorshipNotFound
from gymsite.partners.models import Scope
from gymsite.partners.operations.sponsorships import end_sponsorship
from gymsite.partners.queries.sponsorships import of_partner
from gymsite.rest.answers import UtcTime, answer, source
from gymsite.rest.schemas import PageInput, PageOf, Problem

router = Router(tags=["Partners"])


class SponsorshipDetails(BaseModel):
    """A member whom the partner sponsors, known to it by ``reference``."""

    reference: str = Field(examples=["K7QF2M9XPT3"])
    first_name: str = source("member.first_name")
    last_name: str = source("member.last_name")
    started_at: UtcTime
    ended_at: UtcTime | None


@router.get(
    "/members",
    response={200: PageOf[SponsorshipDetails], (403, 429): Problem},
    auth=PartnerKey(Scope.MEMBERS_READ),
    operation_id="list_sponsorships",
    summary="Sponsored members",
)
def listed(request: PartnerRequest, page: Query[PageInput]) -> HttpResponse:
    """Who is sponsored now, the latest first; scope `members:read`."""
    rows = of_partner(request.auth.partner_id)
    found = keyset_page(rows, ("-id",), cursor=page.cursor, limit=page.limit)
    return answer(PageOf[SponsorshipDetails], found)


@router.delete(
    "/members/{reference}",
    response={200: SponsorshipDetails, (403, 404, 429): Problem},
    auth=PartnerKey(Scope.MEMBERS_WRITE),
    operation_id="end_sponsorship",
    summary="End a sponsorship",
)
def end(request: PartnerRequest, reference: str) -> HttpResponse:
    """The member is told. A second time changes nothing; scope `members:write`."""
    read = references.read(reference)
    if read is None:
        raise SponsorshipNotFound()
    ended = end_sponsorship(
        reference=read,
        partner_id=request.auth.partner_id,
        actor_id=None,
        now=timezone.now(),
    )
    return answer(SponsorshipDetails, ended)

"""Saying what one thinks of what one bought."""

from typing import Annotated

from django.http import HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import BaseModel, Field

from catalog.models import Review
from catalog.operations.reviews import write_review
from gymsite.rest.answers import answer
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.idempotency import idempotent
from gymsite.rest.schemas import Id, Input, Problem, choice_of

router = Router(tags=["Catalogue"])
ReviewStatus = Annotated[str, choice_of("ReviewStatus", Review.Status)]


class ReviewRequest(Input):
    product_id: Id
    rating: int = Field(description="1 to 5 stars.", examples=[4])
    title: str = Field("", max_length=80)
    text: str = Field("", max_length=2000)


class ReviewReceipt(BaseModel):
    id: int
    product_id: int
    rating: int
    status: ReviewStatus


@router.post(
    "/review",
    response={201: ReviewReceipt, (403, 404, 409): Problem},
    operation_id="write_review",
    summary="Review a product",
)
@idempotent
def review(request: ApiRequest, body: ReviewRequest) -> HttpResponse:
    """One review a product, of what one bought. Staff read it before all can."""
    said = write_review(
        product_id=body.product_id,
        member_id=request.auth.pk,
        rating=body.rating,
        title=body.title,
        text=body.text,
        now=timezone.now(),
    )
    return answer(ReviewReceipt, said, 201)

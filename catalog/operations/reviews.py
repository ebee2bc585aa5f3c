"""Reviews: written by who bought, read by staff before all can see them."""

from datetime import datetime

from django.db import transaction

from catalog.errors import AlreadyReviewed, NotBought, ProductNotFound, ReviewNotFound
from catalog.event_kinds import CatalogEvent
from catalog.models import Product, Review
from catalog.queries.reviews import bought_at, review_of
from gymsite.core import errors as core_errors
from gymsite.core.models import User
from gymsite.core.operations.events import record


@transaction.atomic
def write_review(
    *,
    product_id: int,
    member_id: int,
    rating: int,
    title: str = "",
    text: str = "",
    now: datetime,
) -> Review:
    """Say what one thinks of a product one bought; staff read it first.

    Raises Invalid (a rating that is not 1 to 5), ProductNotFound, NotBought,
    AlreadyReviewed.
    """
    if not 1 <= rating <= 5:
        raise core_errors.Invalid({"rating": [f"Give 1 to 5 stars, not {rating}."]})
    product = Product.objects.filter(pk=product_id).first()
    if product is None:
        raise ProductNotFound(f"There is no product {product_id}.")
    if review_of(member_id, product_id):
        raise AlreadyReviewed(f"You have reviewed {product.name}.")
    branch_id = bought_at(member_id, product_id)
    if branch_id is None:
        raise NotBought(
            f"You have not bought {product.name}, or have given it back.",
            remedy="Buy it first, then tell us.",
        )
    with core_errors.refusals():
        review = Review.objects.create(
            branch_id=branch_id,
            product=product,
            member_id=member_id,
            rating=rating,
            title=title.strip()[:80],
            text=text.strip()[:2000],
            created_at=now,
        )
    record(CatalogEvent.REVIEWED, review, at=now, actor_id=member_id)
    return review


@transaction.atomic
def moderate_review(
    *, review_id: int, publish: bool, actor_id: int, now: datetime
) -> Review:
    """Show a review to all, or keep it from them; the rating follows.

    A second time changes nothing.
    """
    review = (
        Review.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=review_id)
        .first()
    )
    if review is None:
        raise ReviewNotFound("There is no such review.")
    status = Review.Status.PUBLISHED if publish else Review.Status.REJECTED
    if review.status == status:
        return review
    review.status, review.moderated_at = status, now
    review.moderated_by = User.objects.get(pk=actor_id)
    review.save(update_fields=["status", "moderated_at", "moderated_by"])
    kind = CatalogEvent.REVIEW_PUBLISHED if publish else CatalogEvent.REVIEW_REJECTED
    record(kind, review, at=now, actor_id=actor_id)
    return review

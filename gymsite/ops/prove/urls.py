"""The site's addresses, and some that its own API does not offer.

To enrol by card, and to refund and cancel at the desk.
"""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from catalog.operations.orders import refund_order
from catalog.operations.rentals import cancel_rental
from gymsite.core.errors import DomainError
from gymsite.web.http import problem_response
from memberships.operations.memberships import enroll

ENROLL, REFUND, CANCEL = "prove/enroll", "prove/refund", "prove/cancel"


@csrf_exempt
def enroll_by_card(request: HttpRequest) -> HttpResponse:
    """POST {member_id, plan_id, source}; 201 with an id, or the refusal."""
    wish = json.loads(request.body)
    actor = wish["member_id"]
    try:
        membership = enroll(**wish, gateway="card", actor_id=actor, now=timezone.now())
    except DomainError as refusal:
        return problem_response(refusal)
    return JsonResponse({"id": membership.pk}, status=201)


@csrf_exempt
def refund_at_the_desk(request: HttpRequest) -> HttpResponse:
    """POST {order_id, quantities, actor_id}; 201 with the refunds' ids, or the
    refusal."""
    wish = json.loads(request.body)
    lines = {int(item): quantity for item, quantity in wish.pop("quantities").items()}
    try:
        made = refund_order(
            **wish, quantities=lines, restock=True, reason="Torn", now=timezone.now()
        )
    except DomainError as refusal:
        return problem_response(refusal)
    return JsonResponse({"ids": [refund.pk for refund in made]}, status=201)


@csrf_exempt
def cancel_at_the_desk(request: HttpRequest) -> HttpResponse:
    """POST {rental_id, actor_id}; 200 with the rental's id, or the refusal."""
    try:
        rental = cancel_rental(**json.loads(request.body), now=timezone.now())
    except DomainError as refusal:
        return problem_response(refusal)
    return JsonResponse({"id": rental.pk})


urlpatterns = [
    path(ENROLL, enroll_by_card),
    path(REFUND, refund_at_the_desk),
    path(CANCEL, cancel_at_the_desk),
    path("", include("gymsite.urls")),
]
handler400 = "gymsite.web.views.bad_request"
handler429 = "gymsite.web.views.too_many"

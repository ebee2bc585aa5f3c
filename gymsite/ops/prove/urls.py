"""The site's addresses, and one to enrol by card, which the site's own API does not
offer."""

import json

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from gymsite.core.errors import DomainError
from gymsite.web.http import answer, problem_response
from memberships.operations.memberships import enroll

ENROLL = "prove/enroll"


@csrf_exempt
def enroll_by_card(request: HttpRequest) -> HttpResponse:
    """POST {member_id, plan_id, source}; 201 with the membership's id, or the
    refusal."""
    wish = json.loads(request.body)
    actor = wish["member_id"]
    try:
        membership = enroll(**wish, gateway="card", actor_id=actor, now=timezone.now())
    except DomainError as refusal:
        return problem_response(refusal)
    return answer({"id": membership.pk}, 201)


urlpatterns = [path(ENROLL, enroll_by_card), path("", include("gymsite.urls"))]
handler400 = "gymsite.web.views.bad_request"
handler429 = "gymsite.web.views.too_many"

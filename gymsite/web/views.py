"""Pages of the site itself: the style guide, and pages that say what went wrong."""

import sys

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.defaults import server_error

from gymsite.core.errors import DomainError
from gymsite.web import outages
from gymsite.web import styleguide as guide
from gymsite.web.access import staff_page
from gymsite.web.http import MemberRequest, outage_response


@require_safe
@staff_page
def styleguide(request: MemberRequest) -> HttpResponse:
    return render(
        request, "web/styleguide.html", {"section": "styleguide", **guide.context()}
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django takes for a bad one.

    Django also takes a session that could not be saved for one that was deleted.
    """
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=413)
    refusal = outages.noted(request, exception)
    return (
        outage_response(request, refusal)
        if refusal
        else render(request, "400.html", status=400)
    )


def failed(request: HttpRequest) -> HttpResponse:
    """Answer an error that nobody has handled, in a page or around it.

    It is called while the error is being handled.
    """
    refusal = outages.noted(request, sys.exc_info()[1])
    return outage_response(request, refusal) if refusal else server_error(request)


def too_many(
    request: HttpRequest, exception: DomainError | None = None
) -> HttpResponse:
    return render(request, "429.html", status=429)

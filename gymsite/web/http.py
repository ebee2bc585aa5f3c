"""Answers that every app gives in the same way."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django_htmx.http import reswap, retarget
from django_htmx.middleware import HtmxDetails

from gymsite.core.errors import DomainError, Invalid
from gymsite.core.models import User
from gymsite.web.page_header import PageHeader


class PageRequest(HttpRequest):
    """A request as the page middleware hands it on; for annotations."""

    htmx: HtmxDetails
    page_header: PageHeader


class MemberRequest(PageRequest):
    """A request behind ``access.member_page``: somebody is logged in."""

    user: User


JSON = "application/json"
PROBLEM = "application/problem+json"
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def client_address(request: HttpRequest) -> str:
    """The client's address as the outermost trusted proxy wrote it.

    GYMSITE_PROXIES says how many there are. Every limit counts by this address.
    """
    hops = [
        part.strip()
        for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if part.strip()
    ]
    trusted = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if trusted and len(hops) >= trusted:
        return hops[-trusted]
    return request.META.get("REMOTE_ADDR", "")


def problem(error: DomainError) -> dict[str, Any]:
    """RFC 9457 problem details of a refusal; ``values`` are its extension members."""
    errors = error.errors if isinstance(error, Invalid) else {}
    return {
        **error.values,
        "type": "about:blank",
        "status": error.status,
        "code": error.code,
        "title": error.title,
        "detail": error.message,
        "errors": errors,
    }


def problem_response(error: DomainError) -> HttpResponse:
    response = HttpResponse(
        _dumps(problem(error)), status=error.status, content_type=PROBLEM
    )
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if wait := error.values.get("retry_after"):
        response["Retry-After"] = str(wait)
    return response


def refusal_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The refusal as a problem document (API), a notice (htmx) or a page of its own."""
    if request.path.startswith("/api/"):
        return problem_response(error)
    template = (
        "web/_refusal.html" if getattr(request, "htmx", False) else "web/refusal.html"
    )
    answer = render(request, template, {"error": error}, status=error.status)
    # htmx shows a refusal that has no place of its own among the toasts
    if wait := error.values.get("retry_after"):
        answer["Retry-After"] = str(wait)
    return (
        reswap(retarget(answer, "#toasts"), "beforeend")
        if template.endswith("_refusal.html")
        else answer
    )


def outage_response(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """The answer where the database is the reason (web.outages), in the site's looks.

    Making it asks the database nothing.
    """
    if request.path.startswith("/api/"):
        answer = problem_response(refusal)
    elif "HX-Request" in request.headers:
        answer = HttpResponse(
            render_to_string("web/_refusal.html", {"error": refusal}),
            status=refusal.status,
        )
        reswap(retarget(answer, "#toasts"), "beforeend")
    else:
        # only a request that changes nothing may be repeated
        context = {"error": refusal, "can_repeat": request.method in ("GET", "HEAD")}
        answer = HttpResponse(
            render_to_string("503.html", context), status=refusal.status
        )
    answer["Retry-After"] = str(refusal.values["retry_after"])
    answer["Cache-Control"] = "no-store"
    answer._has_been_logged = True  # type: ignore[attr-defined]  # web.outages logs one line
    return answer

"""Answers that every app gives in the same way."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django_htmx.http import reswap, retarget

from .errors import DomainError, Invalid

PROBLEM = "application/problem+json"


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


def problem_response(error: DomainError) -> JsonResponse:
    return JsonResponse(problem(error), status=error.status, content_type=PROBLEM)


def refusal_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The refusal as a problem document (API), as a notice (htmx) or as a page of its own."""
    if request.path.startswith("/api/"):
        return problem_response(error)
    template = "core/_refusal.html" if getattr(request, "htmx", False) else "core/refusal.html"
    answer = render(request, template, {"error": error}, status=error.status)
    # a refusal without a place of its own is said where everything is said
    return reswap(retarget(answer, "#toasts"), "beforeend") if template.endswith("_refusal.html") else answer

"""The admin's page of invariants, which streams each result as it comes."""

import time
from collections.abc import Iterator

from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods

from gymsite.core.models import Role
from gymsite.ops.invariants import INVARIANTS
from gymsite.ops.reconcile import check

ROLES = (Role.MANAGER, Role.OWNER)
SHOWN = 10
# gunicorn ends a sync worker after 30 s: what was not asked by then is said so, and the
# command has no such end
LONGEST = 20.0
HERE = "<!--results-->"  # between the page's beginning and its end


@require_http_methods(["GET", "POST"])
def invariants(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """What must hold, for managers and owners; POST asks whether it does."""
    if getattr(request.user, "role", None) not in ROLES:
        raise PermissionDenied
    asked = request.method == "POST"
    context = site.each_context(request) | {
        "title": "Invariants",
        "invariants": INVARIANTS,
        "asked": asked,
        "here": HERE,
    }
    page = render_to_string("ops/reconcile.html", context, request)
    if not asked:
        return HttpResponse(page)
    start, _, end = page.partition(HERE)
    return StreamingHttpResponse(
        _streamed(start, end), headers={"X-Accel-Buffering": "no"}
    )


def _streamed(start: str, end: str) -> Iterator[str]:
    """The page with a row for each invariant, and a sentence about all of them."""
    yield start
    began, broken, left = time.monotonic(), 0, 0
    for invariant in INVARIANTS:
        remaining = LONGEST - (time.monotonic() - began)
        if remaining <= 0:
            left += 1
            continue
        result = check.ask(invariant, shown=SHOWN, longest=remaining)
        broken += not result.holds
        yield render_to_string("ops/_invariant.html", {"result": result})
    seconds = time.monotonic() - began
    verdict = {
        "broken": broken,
        "left": left,
        "count": len(INVARIANTS),
        "seconds": seconds,
    }
    yield render_to_string("ops/_verdict.html", verdict) + end

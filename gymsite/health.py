"""What load balancers ask: is the process alive, and can it serve?"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from gymsite.postgres.probe import Probe

LONGEST = 1.5  # seconds; who asks waits for two
probe = Probe()


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all; restart it when it does not."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers at once, else 503: send no visitors here for
    now."""
    if not probe.passes(LONGEST):
        return HttpResponse(
            "the database does not answer\n", content_type="text/plain", status=503
        )
    return HttpResponse("ready\n", content_type="text/plain")

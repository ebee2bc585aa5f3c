"""What load balancers ask: is the process alive, and can it serve?

An answer here waits for a free worker; gymsite.health_listener answers at once.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from gymsite.postgres.probe import Probe

LONGEST = 1.5  # seconds; whoever asks waits for two
probe = Probe()
Health = tuple[int, str]  # status, and a line that says why


def alive() -> Health:
    """200 while the process answers at all; restart it when it does not."""
    return 200, "alive\n"


def ready() -> Health:
    """200 when the database answers at once, else 503.

    503 means: send no visitors here for now.
    """
    if not probe.passes(LONGEST):
        return 503, "the database does not answer\n"
    return 200, "ready\n"


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return _plain(*alive())


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    return _plain(*ready())


def _plain(status: int, said: str) -> HttpResponse:
    return HttpResponse(said, content_type="text/plain", status=status)

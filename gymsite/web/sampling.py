"""Times one request in GYMSITE_REQUEST_SAMPLE, for the audit's percentiles.

A request that is not chosen pays for one random number. One statement writes some
dozens of samples at a time; a process that ends loses its last few, which does a sample
no harm.
"""

import logging
import random
import threading
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from gymsite.core.models import RequestSample
from gymsite.core.models.requests import SLOW_QUERY
from gymsite.core.operations.requests import keep_samples
from gymsite.web.middleware import Handler
from gymsite.web.request_counters import RequestCounters, counting

log = logging.getLogger(__name__)

BATCH = 50
# The longest that a sample waits for others, as long as requests come in.
LONGEST = timedelta(seconds=10)
BIGGEST = 32_767  # what a smallint holds


class SampleMiddleware:
    """The outermost middleware, so that it measures all of the answer."""

    def __init__(self, get_response: Handler) -> None:
        if settings.REQUEST_SAMPLE < 1:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.share = 1 / settings.REQUEST_SAMPLE
        self.waiting: list[RequestSample] = []
        self.lock = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return (
            self.measured(request)
            if random.random() < self.share  # noqa: S311
            else self.get_response(request)
        )

    def measured(self, request: HttpRequest) -> HttpResponse:
        at, began = timezone.now(), time.perf_counter()
        with counting() as counters, connection.execute_wrapper(counters):
            response = self.get_response(request)
        took = time.perf_counter() - began
        if endpoint := endpoint_of(request, response):
            self.add(
                _sample(at, endpoint, response.status_code, took, counters),
                at + timedelta(seconds=took),
            )
        return response

    def add(self, sample: RequestSample, now: datetime) -> None:
        with self.lock:
            self.waiting.append(sample)
            if len(self.waiting) < BATCH and now - self.waiting[0].at < LONGEST:
                return
            due, self.waiting = self.waiting, []
        try:
            keep_samples(due)
        except Error as error:
            log.warning("%s sampled requests are lost: %s", len(due), error)


def endpoint_of(request: HttpRequest, response: HttpResponse) -> str:
    """Method and route (``GET /classes/<int:session_id>/``).

    Empty for a static file, which no view answers.
    """
    if match := request.resolver_match:
        return f"{request.method} /{match.route}"[:160]
    return "(no such page)" if response.status_code >= 400 else ""


def _sample(
    at: datetime, endpoint: str, status: int, took: float, counters: RequestCounters
) -> RequestSample:
    counts = {
        name: min(getattr(counters, name), BIGGEST)
        for name in ("queries", "hits", "misses")
    }
    return RequestSample(
        at=at,
        endpoint=endpoint,
        status=status,
        milliseconds=1000 * took,
        database_milliseconds=1000 * counters.seconds,
        longest_milliseconds=1000 * counters.longest,
        slow_query=_slow_query(counters),
        **counts,
    )


def _slow_query(counters: RequestCounters) -> str:
    """What stands in a statement is a placeholder, never a value."""
    if 1000 * counters.longest <= SLOW_QUERY:
        return ""
    return " ".join(str(counters.statement).split())[:400]

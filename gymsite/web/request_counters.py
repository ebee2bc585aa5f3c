"""What the present request asks of the database and of the kept pages.

It is counted where the request is a sampled one (gymsite.web.sampling).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class RequestCounters:
    """What one request has asked so far."""

    queries: int = 0
    seconds: float = 0.0
    hits: int = 0
    misses: int = 0

    def __call__(
        self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Run a statement and count it, as a wrapper of the connection's execute."""
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.queries += 1
            self.seconds += time.perf_counter() - began


_present: ContextVar[RequestCounters | None] = ContextVar(
    "request_counters", default=None
)


@contextmanager
def counting() -> Iterator[RequestCounters]:
    """The counters of what happens within."""
    counters = RequestCounters()
    token = _present.set(counters)
    try:
        yield counters
    finally:
        _present.reset(token)


def looked(*, hits: int, misses: int) -> None:
    """Say how much of what a page needs was kept in the process already.

    It counts only while the request is sampled.
    """
    if counters := _present.get():
        counters.hits += hits
        counters.misses += misses

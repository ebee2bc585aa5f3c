"""What the present request asks of the database and of the kept pages.

It is counted where the request is a sampled one (gymsite.web.sampling).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


class TimedStatements:
    """A wrapper of the connection's execute that times each statement."""

    __slots__ = ()

    def __call__(
        self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.ran(sql, time.perf_counter() - began)

    def ran(self, sql: str, took: float) -> None:
        """What is done with a statement and its time in seconds."""
        raise NotImplementedError


@dataclass(slots=True)
class RequestCounters(TimedStatements):
    """What one request has asked so far, and its longest statement, in seconds."""

    queries: int = 0
    seconds: float = 0.0
    hits: int = 0
    misses: int = 0
    longest: float = 0.0
    statement: str = ""

    def ran(self, sql: str, took: float) -> None:
        self.queries += 1
        self.seconds += took
        if took > self.longest:
            self.longest, self.statement = took, sql


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

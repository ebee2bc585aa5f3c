"""How long an answer took, and how much of it the database."""

import logging
import time

from django.http import HttpResponse

from gymsite.web.request_counters import TimedStatements

log = logging.getLogger(__name__)


class Stopwatch(TimedStatements):
    """Runs from when it is made, and knows the statement that took longest; times are
    seconds."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.database, self.longest, self.statement = 0.0, 0.0, ""

    def ran(self, sql: str, took: float) -> None:
        self.database += took
        if took >= self.longest:
            self.longest, self.statement = took, sql

    def mark(
        self, response: HttpResponse, name: str, *, is_hit: bool, slow: float
    ) -> None:
        """Write ``X-Execution-Time-Ms`` and ``Server-Timing``, and a warning with the
        longest statement where it took more than ``slow`` seconds."""
        took = time.perf_counter() - self.began
        response["X-Execution-Time-Ms"] = f"{1000 * took:.1f}"
        response["Server-Timing"] = (
            f"total;dur={1000 * took:.1f}, db;dur={1000 * self.database:.1f}, "
            f'cache;desc="{"hit" if is_hit else "miss"}"'
        )
        if took > slow:
            log.warning(
                "%s took %.0f ms, %.0f ms of it in the database; longest: %s",
                name,
                1000 * took,
                1000 * self.database,
                " ".join(self.statement.split()),
            )

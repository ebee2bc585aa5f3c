"""A query with its indexes and without them: plans, warm times, buffers.

All of it is rolled back.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import DatabaseError, transaction

from gymsite.ops.rig.queries import capture, catalog, plans
from gymsite.ops.rig.queries.capture import NoSample, Statement
from gymsite.ops.rig.queries.catalog import Catalog
from gymsite.ops.rig.queries.plans import Plan
from gymsite.ops.rig.queries.safety import rolled_back
from gymsite.postgres.tuned_query import TunedQuery

HOLD_SECONDS = 3.0  # the most that a table stays locked beyond the statement under way
FEWEST_ROWS = 100
UNAVAILABLE = "unavailable"
OK = "ok"


@dataclass(slots=True)
class Side:
    """One way to run a query: the plan of a warm run and the times of more, in ms.

    ``times`` is empty where the statement was stopped at ``stopped_at`` ms; the plan
    then is as it was meant to be.
    """

    plan: Plan
    times: list[float] = field(default_factory=list)
    stopped_at: int | None = None

    @property
    def median(self) -> float:
        """Warm median, or the least that a stopped statement takes."""
        return (
            statistics.median(self.times) if self.times else float(self.stopped_at or 0)
        )


@dataclass(slots=True)
class Finding:
    """What the lab saw of one query.

    ``dropped`` are the indexes of ``without``; ``sample`` its parameters.
    """

    query: TunedQuery
    state: str = OK
    reason: str = ""
    sample: dict[str, Any] = field(default_factory=dict)
    statement: Statement | None = None
    kept: Side | None = None
    without: Side | None = None
    dropped: list[str] = field(default_factory=list)

    @property
    def speed_up(self) -> float | None:
        """How many times as long it takes without, at the least."""
        if self.kept is None or self.without is None or not self.kept.median:
            return None
        return self.without.median / self.kept.median


@dataclass(frozen=True, slots=True)
class Settings:
    """``only``: the one index that is dropped; ``drops``: whether any is."""

    runs: int = 9
    lock_ms: int = 2_000
    statement_ms: int = 10_000
    drops: bool = True
    only: str | None = None


def measure(query: TunedQuery, known: Catalog, settings: Settings) -> Finding:
    """Runs with the indexes come before and after those without.

    So what drifts falls on both.
    """
    finding = Finding(query)
    try:
        finding.sample = capture.sample(query)
        finding.statement = capture.statement_of(query, finding.sample)
        finding.dropped = droppable(query, known, settings)
        finding.reason = _reserve(finding, known)
        _compare(finding, known, settings)
    except (NoSample, DatabaseError) as error:
        finding.state, finding.reason = UNAVAILABLE, explained(error)
    return finding


def _compare(finding: Finding, known: Catalog, settings: Settings) -> None:
    assert finding.statement is not None
    half = max(settings.runs // 2, 1)
    with rolled_back(lock_ms=settings.lock_ms, statement_ms=settings.statement_ms):
        finding.kept = side(finding.statement, half, settings)
    if finding.dropped:
        with without(finding.dropped, known, settings):
            finding.without = side(finding.statement, settings.runs, settings)
    with rolled_back(lock_ms=settings.lock_ms, statement_ms=settings.statement_ms):
        finding.kept.times += timed(finding.statement, max(settings.runs - half, 1))


def _reserve(finding: Finding, known: Catalog) -> str:
    """Why the figures tell less than they seem to."""
    if missing := known.missing(finding.query.indexes):
        return f"The database has no index {', '.join(missing)}."
    if bare := known.bare(finding.query.indexes, FEWEST_ROWS):
        return (
            f"There are hardly any rows in {', '.join(bare)}: its times tell nothing."
        )
    return (
        ""
        if finding.dropped
        else "Nothing was dropped; a primary key stays in any case."
    )


def droppable(query: TunedQuery, known: Catalog, settings: Settings) -> list[str]:
    """The indexes to take away: those that are there, but no primary key."""
    if not settings.drops:
        return []
    wanted = (settings.only,) if settings.only else (*query.indexes, *query.besides)
    return [
        name
        for name in wanted
        if name in known.indexes and not known.indexes[name].is_primary
    ]


@contextmanager
def without(names: Sequence[str], known: Catalog, settings: Settings) -> Iterator[None]:
    """Within it these indexes are gone for us; their tables are locked, so be quick."""
    with rolled_back(lock_ms=settings.lock_ms, statement_ms=settings.statement_ms):
        for name in names:
            catalog.drop(known.indexes[name])
        yield


def side(statement: Statement, runs: int, settings: Settings) -> Side:
    """A run to warm up, one for the plan, then those that are timed."""
    try:
        # a savepoint: the outer transaction goes on after a statement that was stopped
        with transaction.atomic():
            plans.explain(statement, analyze=True, timing=False)
            plan = plans.explain(statement, analyze=True)
            return Side(plan, timed(statement, runs))
    except DatabaseError as error:
        if not isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise
        return Side(plans.explain(statement), stopped_at=settings.statement_ms)


def timed(statement: Statement, runs: int) -> list[float]:
    """Times of up to ``runs`` runs (ms), fewer where HOLD_SECONDS pass."""
    until = time.monotonic() + HOLD_SECONDS
    times: list[float] = []
    while len(times) < runs and (not times or time.monotonic() < until):
        times.append(
            plans.explain(statement, analyze=True, timing=False).execution or 0.0
        )
    return times


def explained(error: Exception) -> str:
    """What stood in the way, in words."""
    cause = error.__cause__
    if isinstance(cause, psycopg.errors.LockNotAvailable):
        return (
            "Somebody else is using the table: the lock did not come in time. Try "
            "again."
        )
    if isinstance(cause, psycopg.errors.InsufficientPrivilege):
        return f"The role may not do this: {cause.diag.message_primary}."
    if isinstance(cause, psycopg.errors.DependentObjectsStillExist):
        return (
            "It can't be dropped: "
            f"{cause.diag.message_detail or cause.diag.message_primary}"
        )
    return str(error).strip().splitlines()[0]


def measured(
    queries: Sequence[TunedQuery],
    known: Catalog,
    settings: Settings,
    say: Callable[[str], None],
) -> Iterator[Finding]:
    """Each query in turn."""
    for query in queries:
        say(query.name)
        yield measure(query, known, settings)

"""What one call of ``manage.py indexlab`` does: measure, try an index, guard plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError

from gymsite.ops.indexlab import guard, report, whatif, writes
from gymsite.ops.reporting.command import Say
from gymsite.ops.rig.errors import Refused
from gymsite.ops.rig.queries import capture, catalog, lab, plans, registry
from gymsite.ops.rig.queries.capture import NoSample
from gymsite.ops.rig.queries.catalog import Catalog
from gymsite.ops.rig.queries.safety import refuse_production, rolled_back
from gymsite.postgres.tuned_query import TunedQuery


@dataclass(frozen=True, slots=True)
class Options:
    """``lock_timeout`` in seconds; ``writes``: whether inserts are measured too."""

    query: Sequence[str] = ()
    without: str | None = None
    what_if: str | None = None
    guard: bool = False
    runs: int = 9
    lock_timeout: float = 2.0
    as_is: bool = False
    writes: bool = True
    even_in_production: bool = False
    write_docs: bool = False

    @property
    def settings(self) -> lab.Settings:
        return lab.Settings(
            self.runs,
            round(self.lock_timeout * 1000),
            drops=not self.as_is,
            only=self.without,
        )


def run(options: Options, now: datetime, say: Say) -> dict[str, Any]:
    """The report: ``about`` and one of ``queries``, ``what_if`` and ``guard``.

    ``failed`` names guarded queries.

    Raises Refused for what is not there, and on a production site.
    """
    if options.write_docs and (
        options.query
        or options.without
        or options.what_if
        or options.guard
        or options.as_is
    ):
        raise Refused(
            "--write-docs takes the figures of all queries, with their indexes and "
            "without."
        )
    known = catalog.read()
    found = {"about": report.about(now, known, options.runs)}
    if options.guard:
        verdicts = list(guard.guarded(registry.chosen(options.query), known, say))
        failed = [
            verdict.query.name for verdict in verdicts if verdict.state == guard.FAILED
        ]
        return found | {"guard": report.of_verdicts(verdicts), "failed": failed}
    if not options.as_is:
        refuse_production(options.even_in_production)
    if options.what_if:
        wanted = whatif.parsed(options.what_if)
        queries = registry.chosen(options.query)
        trial = whatif.trial(wanted, queries, options.settings, say)
        return found | {"what_if": report.of_trial(trial)}
    return found | {"queries": _measured(options, known, say)}


def _measured(options: Options, known: Catalog, say: Say) -> list[dict[str, Any]]:
    queries = _queries(options, known)
    found = list(lab.measured(queries, known, options.settings, say))
    costs = {}
    if options.writes and not options.as_is:
        say("batches of inserts")
        names = (
            [options.without]
            if options.without
            else [name for query in queries for name in query.indexes]
        )
        costs = writes.costs(names, known)
    return [report.of_finding(finding, known, costs) for finding in found]


def _queries(options: Options, known: Catalog) -> list[TunedQuery]:
    queries = registry.chosen(options.query)
    if options.without is None:
        return queries
    if options.without not in known.indexes:
        raise Refused(f"The database has no index {options.without}.")
    found = [
        query
        for query in queries
        if options.query or _needs(query, options.without, known)
    ]
    if not found:
        raise Refused(f"No query of the registry uses {options.without}.")
    return found


def _needs(query: TunedQuery, index: str, known: Catalog) -> bool:
    """Whether the query names the index, or its plan uses it all the same."""
    if index in (*query.indexes, *query.besides):
        return True
    try:
        statement = capture.statement_of(query, capture.sample(query))
        with rolled_back():
            return index in plans.facts(plans.explain(statement), known).indexes
    except (NoSample, DatabaseError):
        return False

"""An index tried in a transaction by the queries of its table, and gone again."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import sqlparse
from django.db import DatabaseError, connection

from gymsite.ops.indexlab import writes
from gymsite.ops.indexlab.writes import WriteCost
from gymsite.ops.rig.errors import Refused
from gymsite.ops.rig.queries import capture, catalog, plans
from gymsite.ops.rig.queries.capture import NoSample
from gymsite.ops.rig.queries.catalog import Catalog, Index
from gymsite.ops.rig.queries.lab import Finding, Settings, explained, side
from gymsite.ops.rig.queries.safety import rolled_back
from gymsite.postgres.tuned_query import TunedQuery

BUILD_MS = 120_000
ALLOWED = re.compile(
    r"\s*CREATE\s+(UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY\b)", re.IGNORECASE
)


@dataclass(slots=True)
class Trial:
    """``findings`` have the new index on ``kept``, today's plan on ``without``.

    ``known`` has it too.
    """

    statement: str
    index: Index
    build_seconds: float
    known: Catalog
    cost: WriteCost | None = None
    findings: list[Finding] = field(default_factory=list)
    users: list[str] = field(default_factory=list)


def parsed(text: str) -> str:
    """One CREATE INDEX, and nothing else; raises Refused."""
    statements = [part for part in sqlparse.split(text) if part.strip(" ;\n")]
    if len(statements) != 1 or not ALLOWED.match(statements[0]):
        raise Refused(
            "--what-if takes one CREATE INDEX statement, without CONCURRENTLY."
        )
    return statements[0].strip().rstrip(";")


def trial(
    statement: str,
    queries: Sequence[TunedQuery],
    settings: Settings,
    say: Callable[[str], None],
) -> Trial:
    """Writes to the table wait while the index is tried.

    Raises Refused where it can't be made.
    """
    asked = list(_asked(queries))
    known = catalog.read()
    with rolled_back(lock_ms=settings.lock_ms, statement_ms=BUILD_MS):
        done = _made(statement, known)
        known = done.known
        for finding in asked:
            assert finding.statement is not None
            if _touches(plans.explain(finding.statement), done.index.table, known):
                say(finding.query.name)
                finding.kept = side(finding.statement, settings.runs, settings)
                done.findings.append(finding)
                if done.index.name in plans.facts(finding.kept.plan, known).indexes:
                    done.users.append(finding.query.name)
        done.cost = writes.of_table(done.index.table, [done.index], known).get(
            done.index.name
        )
    for finding in done.findings:
        assert finding.statement is not None
        with rolled_back(statement_ms=settings.statement_ms):
            finding.without = side(finding.statement, settings.runs, settings)
    return done


def _asked(queries: Sequence[TunedQuery]):
    for query in queries:
        finding = Finding(query)
        try:
            finding.sample = capture.sample(query)
            finding.statement = capture.statement_of(query, finding.sample)
        except (NoSample, DatabaseError):
            continue
        yield finding


def _made(statement: str, before: Catalog) -> Trial:
    began = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        raise Refused(f"The index can't be made: {explained(error)}") from None
    took = time.perf_counter() - began
    after = catalog.read()
    new = next(
        (index for name, index in after.indexes.items() if name not in before.indexes),
        None,
    )
    if new is None:
        raise Refused("There is such an index already.")
    with connection.cursor() as cursor:
        # an expression has no statistics before that
        cursor.execute(f'ANALYZE "{new.table}"')
    return Trial(statement, new, took, after)


def _touches(plan: plans.Plan, table: str, known: Catalog) -> bool:
    return any(
        known.whole_table(node["Relation Name"]) == table
        for node in plan.nodes()
        if "Relation Name" in node
    )

"""Runs the checks, each in a read-only transaction with a time limit.

So none can change anything or hold anybody up.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import DatabaseError, transaction

from gymsite.ops.audit.model import Check, Finding, Result, Row, State
from gymsite.ops.audit.report import Report, Server
from gymsite.postgres.rows import Values, execute, fetch_all
from gymsite.postgres.statements import statements

LIMITS = (
    "SET TRANSACTION READ ONLY",
    "SET LOCAL statement_timeout = '10s'",
    "SET LOCAL lock_timeout = '1s'",
)
SQL = statements("gymsite.ops.audit", "runner")


def run(
    checks: Iterable[Check],
    *,
    now: datetime,
    tell: Callable[[str], None] = lambda name: None,
) -> Report:
    """All of them in order; ``tell`` hears the name of each before it runs."""
    (server,) = read(SQL.server)
    results = []
    for check in checks:
        tell(check.name)
        results.append(result_of(check))
    return Report(now, Server(**server), tuple(results))


def result_of(check: Check) -> Result:
    """What a check finds.

    What it can't see makes it unavailable, unless it found something even so.
    """
    reason = ""
    try:
        if check.blind:
            reason = next(
                (str(row["reason"]) for row in read(check.blind) if row["reason"]), ""
            )
        rows = check.rows() if check.rows else read(check.sql, check.values)
    except DatabaseError as error:
        return Result(
            check.name, check.says, State.UNAVAILABLE, reason or _first_line(error)
        )
    findings = tuple(finding for row in rows if (finding := check.judge(row)))
    return Result(
        check.name,
        check.says,
        state_of(findings, reason),
        reason,
        check.sums(rows),
        findings,
        tuple(rows),
    )


def state_of(findings: Iterable[Finding], reason: str) -> State:
    if any(finding.level for finding in findings):
        return State.FINDING
    return State.UNAVAILABLE if reason else State.OK


def read(sql: str, values: Values = None) -> list[Row]:
    """The rows of a statement by their columns' names, read within the limits."""
    with transaction.atomic():
        for limit in LIMITS:
            execute(limit)
        return fetch_all(sql, values, dict)


def _first_line(error: DatabaseError) -> str:
    return (
        str(error).strip().splitlines()[0]
        if str(error).strip()
        else type(error).__name__
    )

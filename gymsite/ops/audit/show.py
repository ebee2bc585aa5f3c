"""An audit as people read it."""

from collections.abc import Sequence

from gymsite.ops.audit.checks import CHECKS
from gymsite.ops.audit.model import Level, Result, Row, State
from gymsite.ops.audit.report import Change, Report
from gymsite.ops.reporting.figures import cell, span
from gymsite.ops.reporting.pieces import Heading, Lines, Piece, Table, judged

MOST_ROWS = 15


def page(audit: Report) -> list[Piece]:
    """What docs/ shows: every check too, and what holds while it is green."""
    return [checks(), Heading("On the seeded brand"), *pieces(audit)]


def checks() -> Table:
    headings = ("check", "while it is green")
    rows = [(f"`{check.name}`", check.says) for check in CHECKS]
    return Table(headings, rows, headings)


def pieces(audit: Report) -> list[Piece]:
    server = audit.server
    return [
        f"{server.database} on PostgreSQL {server.version}, as "
        f"{server.role}{' (superuser)' if server.superuser else ''}; statistics of "
        f"{span(server.counted_for)}",
        Lines([line for result in audit.results for line in _result(result)]),
        _totals(audit),
    ]


def _result(result: Result) -> list[str]:
    state = result.level.word if result.state == State.FINDING else result.state
    details = [f"not seen: {result.reason}"] if result.reason else []
    for finding in result.open:
        details.append(f"{finding.level.word} {finding.subject}: {finding.says}")
        details.append(f"  -> {finding.remedy}")
    for reason, subjects in result.accepted.items():
        details.append(f"accepted, as {reason}: {', '.join(subjects)}")
    return judged(state, f"{result.name}  {result.says} {result.sums}", *details)


def _totals(audit: Report) -> str:
    found = ", ".join(
        (
            f"{sum(finding.level == level for finding in audit.reaches(level))} "
            f"{level.word}"
        )
        for level in (Level.CRITICAL, Level.WARNING, Level.INFO)
    )
    return (
        f"{len(audit.results)} checks: {audit.count(State.OK)} ok, "
        f"{audit.count(State.FINDING)} with findings ({found}), "
        f"{audit.count(State.UNAVAILABLE)} unavailable"
    )


def figures(audit: Report) -> list[Piece]:
    """The rows that each check read."""
    found: list[Piece] = []
    for result in audit.results:
        if rows := result.figures[:MOST_ROWS]:
            found += [Heading(result.name), _table(rows)]
        if more := len(result.figures) - len(rows):
            found.append(f"and {more} more (--json has all)")
    return found


def _table(rows: Sequence[Row]) -> Table:
    words = [
        name for name, value in rows[0].items() if not isinstance(value, int | float)
    ]
    return Table(list(rows[0]), [[*map(cell, row.values())] for row in rows], words)


def compared(since: Report, found: Sequence[Change]) -> list[Piece]:
    """What got worse first, then what got better."""
    worse = sum(change.worse for change in found)
    lines = [
        line
        for change in sorted(found, key=lambda change: not change.worse)
        for line in judged(
            "worse" if change.worse else "better", f"{change.check}  {change.says}"
        )
    ]
    better = len(found) - worse
    since_when = f"Since {since.at:%Y-%m-%d %H:%M} UTC: {worse} worse, {better} better"
    return [Heading(since_when), Lines(lines)]

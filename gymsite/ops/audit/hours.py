"""Answers hour by hour: whose hours are watched, and how good each figure has to be.

The bounds are the reference's for its timetable, in which it asks for an alert.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from gymsite.ops.audit.model import Check, Row
from gymsite.ops.audit.report import Report
from gymsite.ops.reporting.figures import percent
from gymsite.ops.reporting.pieces import Heading, Piece, Table

TIMETABLE, ALL = "GET /api/v1/timetable", "all endpoints"
WATCHED = {TIMETABLE: "The timetable API", ALL: "All pages and the whole API"}
CHECK = "request_times"  # whose figures they are
DAY, WEEK = 24, 7 * 24
HEADINGS = (
    *("hour", "requests", "average", "p50", "p95", "p99"),
    *("slow query", "kept", "failed"),
)


@dataclass(frozen=True, slots=True)
class Bound:
    """``limit`` of the column ``figure``: the most, or with ``is_least`` the least.

    An hour with fewer than ``fewest`` of what ``counted`` counts tells nothing.
    """

    figure: str
    label: str
    limit: float
    fewest: int
    counted: str = "requests"
    is_share: bool = False
    is_least: bool = False

    def is_told_by(self, row: Row) -> bool:
        return row[self.figure] is not None and row[self.counted] >= self.fewest

    def is_passed_by(self, row: Row) -> bool:
        """Whether enough samples say that the hour was worse than it may be."""
        if not self.is_told_by(row):
            return False
        over = row[self.figure] - self.limit
        return over < 0 if self.is_least else over > 0

    def shown(self, value: float) -> str:
        return percent(value) if self.is_share else f"{value:,.0f} ms"

    def says(self, row: Row) -> str:
        """``p95 237 ms (200)``."""
        limit = self.shown(self.limit).removesuffix(" ms")
        return f"{self.label} {self.shown(row[self.figure])} ({limit})"


TIMES = (
    Bound("p50", "p50", 50, 20),
    Bound("p95", "p95", 200, 40),
    Bound("p99", "p99", 500, 100),
)
BOUNDS = (
    *TIMES,
    Bound("slow_share", "with a query over 100 ms", 0.01, 100, is_share=True),
    Bound("kept_share", "kept", 0.7, 100, "parts", is_share=True, is_least=True),
    Bound("failed_share", "failed", 0.01, 100, is_share=True),
)
BY_FIGURE = {bound.figure: bound for bound in BOUNDS}
SHOWN = ("average", *BY_FIGURE)


def back(typed: str) -> int:
    """How many hours to look back; raises ValueError."""
    count = int(typed)
    if not 1 <= count <= WEEK:
        raise ValueError
    return count


def looking_back(checks: Sequence[Check], hours: int) -> list[Check]:
    """The checks, with figures of so many hours before the present one."""
    return [
        replace(check, values={**(check.values or {}), "hours": hours})
        if check.name == CHECK
        else check
        for check in checks
    ]


def tables(audit: Report, zone: tzinfo = UTC) -> list[tuple[str, Table]]:
    """The hours of each that is watched, the latest first. Times are ms."""
    return [
        (f"{name} by hour ({zone})", Table(HEADINGS, rows, HEADINGS[:1]))
        for subject, name in WATCHED.items()
        if (rows := [_cells(row, zone) for row in _of(audit, subject)])
    ]


def pieces(audit: Report) -> list[Piece]:
    """The same for a terminal."""
    found: list[Piece] = []
    for name, table in tables(audit):
        found += [Heading(name), table]
    if not found:
        found.append("No request was sampled in these hours.")
    return found


def _of(audit: Report, subject: str) -> list[Row]:
    """None of an audit that was kept before figures of hours were."""
    rows = [
        row
        for result in audit.results
        for row in result.figures
        if result.name == CHECK and row["subject"] == subject and "slow_share" in row
    ]
    return sorted(rows, key=lambda row: row["hour"], reverse=True)


def _cells(row: Row, zone: tzinfo) -> list[str]:
    hour = datetime.fromisoformat(row["hour"]).replace(tzinfo=UTC).astimezone(zone)
    figures = [_cell(figure, row) for figure in SHOWN]
    return [f"{hour:%Y-%m-%d %H:%M}", f"{row['requests']:,}", *figures]


def _cell(figure: str, row: Row) -> str:
    """What passes its bound says so in words."""
    value, bound = row[figure], BY_FIGURE.get(figure)
    if value is None:
        return ""
    shown = percent(value) if bound and bound.is_share else f"{value:,.1f}"
    if not (bound and bound.is_passed_by(row)):
        return shown
    side = "under" if bound.is_least else "over"
    return f"{shown} ({side} {bound.shown(bound.limit)})"

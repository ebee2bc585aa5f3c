"""A row of figures, and all rows of a run as JSON and as a table for people."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from .errors import Refused
from .stats import Spread


@dataclass(slots=True)
class Row:
    """One figure with all that is needed to judge it.

    ``value`` is in ``unit``; ``ratio`` is to ``floor`` in the same run; ``reference`` is the printed figure of the
    reference in the same unit; ``cpu`` is the milliseconds that a worker computes for one request. ``met`` says
    whether ``target`` holds, None where none was set.
    """

    group: str
    name: str
    data: str
    value: float
    unit: str
    spread: Spread | None = None
    rounds: list[float] = field(default_factory=list)
    floor: str = ""
    floor_value: float | None = None
    ratio: float | None = None
    reference: float | None = None
    cpu: float | None = None
    target: str = ""
    met: bool | None = None
    note: str = ""

    @property
    def of_reference(self) -> float | None:
        return None if self.reference is None else self.value / self.reference


@dataclass(slots=True)
class Report:
    """A whole run: which machine, which data, which rows."""

    about: dict[str, Any]
    rows: list[Row]

    @property
    def missed(self) -> list[Row]:
        return [row for row in self.rows if row.met is False]

    def check_fits(self, other: dict[str, Any]) -> None:
        """Raises Refused where another run, by its ``scale`` and ``quick``, is not of the same brand and care."""
        if any(self.about[name] != other[name] for name in ("scale", "quick")):
            raise Refused("What is measured again must be at the scale of the first run, and as thorough.")

    def again(self, later: "Report") -> "Report":
        """This run with what a later one measured again in its place, and a note of when that was."""
        self.check_fits(later.about)
        fresh = {(row.group, row.name): row for row in later.rows}
        when = {name: later.about[name] for name in ("at", "load_before", "load_after")}
        noted = self.about.get("again", {}) | dict.fromkeys(groups_of(later.rows), when)
        return Report(self.about | {"again": noted}, [fresh.get((row.group, row.name), row) for row in self.rows])

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1, default=str) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Report":
        found = json.loads(path.read_text())
        rows = [Row(**row | {"spread": row["spread"] and Spread(**row["spread"])}) for row in found["rows"]]
        return cls(found["about"], rows)


def print_table(console: Console, report: Report) -> None:
    for group in groups_of(report.rows):
        table = Table(title=group, title_justify="left", title_style="bold")
        headings, lines = trimmed([row for row in report.rows if row.group == group])
        for heading in headings:
            table.add_column(heading, justify="left" if heading in LEFT else "right", overflow="fold")
        for line in lines:
            table.add_row(*line, style="bold red" if MISSED in line else "")
        console.print(table)
    console.print(verdict(report))


def groups_of(rows: Iterable[Row]) -> list[str]:
    """The groups in the order of the rows."""
    return list(dict.fromkeys(row.group for row in rows))


HEADINGS = (
    "what",
    "data",
    "value",
    "p50",
    "p95",
    "p99",
    "CPU",
    "floor",
    "ratio",
    "reference",
    "of it",
    "target",
    "",
    "note",
)
MISSED = "MISSED"
LEFT = {"what", "data", "floor", "target", "note"}


def trimmed(rows: list[Row]) -> tuple[list[str], list[list[str]]]:
    """Headings and lines of one group's table, without the columns that none of its rows has."""
    table = [cells(row) for row in rows]
    used = [n for n in range(len(HEADINGS)) if any(line[n] for line in table)]
    return [HEADINGS[n] for n in used], [[line[n] for n in used] for line in table]


def cells(row: Row) -> list[str]:
    """A row as text, one cell a heading."""
    spread = row.spread
    times = [number(spread.p50), number(spread.p95), number(spread.p99)] if spread else ["", "", ""]
    floor = f"{row.floor}: {number(row.floor_value)}" if row.floor_value is not None else row.floor
    return [
        row.name,
        row.data,
        f"{number(row.value)} {row.unit}",
        *times,
        number(row.cpu),
        floor,
        number(row.ratio),
        f"{number(row.reference)} {row.unit}" if row.reference is not None else "",
        number(row.of_reference),
        row.target,
        {True: "met", False: MISSED, None: ""}[row.met],
        row.note,
    ]


def number(value: float | None) -> str:
    """Three significant digits at least, thousands marked: 0.042, 3.14, 1,234."""
    if value is None:
        return ""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 1 else f"{value:.3f}"


def verdict(report: Report) -> str:
    judged = [row for row in report.rows if row.met is not None]
    return f"{len(judged) - len(report.missed)} of {len(judged)} targets met."

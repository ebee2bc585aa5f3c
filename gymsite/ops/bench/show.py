"""A bench as people read it."""

from gymsite.ops.bench.report import Report, Row, groups_of
from gymsite.ops.reporting.documents import measured_on, three
from gymsite.ops.reporting.figures import number, percentiles
from gymsite.ops.reporting.pieces import Heading, Piece, Table

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
LEFT = {"what", "data", "floor", "target", "note"}


def pieces(report: Report) -> list[Piece]:
    """The machine, and a table a group."""
    found: list[Piece] = [measured_on(report.about)]
    for group in groups_of(report.rows):
        rows = [cells(row) for row in report.rows if row.group == group]
        found += [Heading(group), *_again(report, group), Table(HEADINGS, rows, LEFT)]
    return [*found, verdict(report)]


def _again(report: Report, group: str) -> list[str]:
    """A sentence where this group was measured later than the others."""
    when = report.about.get("again", {}).get(group)
    if when is None:
        return []
    before, after = three(when["load_before"]), three(when["load_after"])
    return [
        f"Measured again {when['at']}; load average before: {before}; after: {after}."
    ]


def cells(row: Row) -> list[str]:
    """A row as text, one cell a heading."""
    floor = (
        f"{row.floor}: {number(row.floor_value)}"
        if row.floor_value is not None
        else row.floor
    )
    return [
        row.name,
        row.data,
        f"{number(row.value)} {row.unit}",
        *percentiles(row.spread),
        number(row.cpu),
        floor,
        number(row.ratio),
        f"{number(row.reference)} {row.unit}" if row.reference is not None else "",
        number(row.of_reference),
        row.target,
        {True: "met", False: "MISSED", None: ""}[row.met],
        row.note,
    ]


def verdict(report: Report) -> str:
    judged = [row for row in report.rows if row.met is not None]
    return f"{len(judged) - len(report.missed)} of {len(judged)} targets met."

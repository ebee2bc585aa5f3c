"""Two runs side by side: what got better and what got worse.

Where a row has a floor, its ratio is compared, since that is what another machine or
another load hardly moves.
"""

from dataclasses import dataclass

from gymsite.ops.bench.report import Report, Row
from gymsite.ops.reporting.figures import number
from gymsite.ops.reporting.pieces import Table

NOISE = 0.15  # a change of less than this says nothing


@dataclass(frozen=True, slots=True)
class Change:
    """``by`` is the share by which the row costs more now (negative: less)."""

    row: Row
    before: Row
    by: float

    @property
    def verdict(self) -> str:
        if abs(self.by) < NOISE:
            return ""
        return "worse" if self.by > 0 else "better"


def changes(now: Report, before: Report) -> list[Change]:
    """The rows that both runs have, the greatest loss first."""
    known = {(row.group, row.name): row for row in before.rows}
    pairs = [
        (row, known[row.group, row.name])
        for row in now.rows
        if (row.group, row.name) in known
    ]
    return sorted(
        (Change(row, old, _more(row, old)) for row, old in pairs),
        key=lambda change: -change.by,
    )


def _more(row: Row, old: Row) -> float:
    now, then = (
        (row.ratio, old.ratio) if row.ratio and old.ratio else (row.value, old.value)
    )
    if not now or not then:
        return 0.0
    return then / now - 1 if row.unit == "/s" else now / then - 1


def table(found: list[Change]) -> Table:
    headings = (
        "group",
        "what",
        "before",
        "now",
        "ratio before",
        "ratio now",
        "costs more by",
        "",
    )
    return Table(headings, [_cells(change) for change in found], {"group", "what", ""})


def _cells(change: Change) -> list[str]:
    row, old = change.row, change.before
    values = (f"{number(each.value)} {each.unit}" for each in (old, row))
    ratios = (number(old.ratio), number(row.ratio))
    return [row.group, row.name, *values, *ratios, f"{change.by:+.0%}", change.verdict]

"""A row of figures, and all rows of a run."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gymsite.ops.rig.errors import Refused
from gymsite.ops.rig.stats import Spread


@dataclass(slots=True)
class Row:
    """One figure with all that is needed to judge it.

    ``value`` is in ``unit``; ``ratio`` is to ``floor`` in the same run; ``reference``
    is the printed figure of the reference in the same unit; ``cpu`` is the milliseconds
    that a worker computes for one request. ``met`` says whether ``target`` holds, None
    where none was set.
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

    @property
    def is_whole(self) -> bool:
        """Every group at scale 1, with all its rounds: what the documentation shows."""
        about = self.about
        return (
            not about["quick"] and about["scale"] == 1 and about.get("complete", False)
        )

    def check_fits(self, other: dict[str, Any]) -> None:
        """Raises Refused where another run is not of the same brand and care."""
        if any(self.about[name] != other[name] for name in ("scale", "quick")):
            raise Refused(
                "What is measured again must be at the scale of the first run, and as "
                "thorough."
            )

    def again(self, later: "Report") -> "Report":
        """This run with what a later one measured again, and when that was."""
        self.check_fits(later.about)
        fresh = {(row.group, row.name): row for row in later.rows}
        when = {name: later.about[name] for name in ("at", "load_before", "load_after")}
        noted = self.about.get("again", {}) | dict.fromkeys(groups_of(later.rows), when)
        return Report(
            self.about | {"again": noted},
            [fresh.get((row.group, row.name), row) for row in self.rows],
        )

    @classmethod
    def read(cls, path: Path) -> "Report":
        found = json.loads(path.read_text())
        rows = [
            Row(**row | {"spread": row["spread"] and Spread(**row["spread"])})
            for row in found["rows"]
        ]
        return cls(found["about"], rows)


def groups_of(rows: Iterable[Row]) -> list[str]:
    """The groups in the order of the rows."""
    return list(dict.fromkeys(row.group for row in rows))

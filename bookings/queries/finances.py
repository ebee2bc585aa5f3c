"""What was taken in, by day, branch, trainer and kind; the ledger is its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gymsite.core.errors import misfit
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("bookings", "finances")
PARTS = ("day", "branch", "trainer", "kind")
LONGEST = timedelta(days=366)  # of one report


@dataclass(frozen=True, slots=True)
class Takings:
    """Sums of the ledger in minor units of ``currency``; None in a part that was not
    asked for. ``trainer`` is also None where no appointment was paid, ``kind`` is the
    payment's purpose, ``day`` the branch's own.
    """

    day: date | None
    branch_id: int | None
    branch: str | None
    trainer_id: int | None
    trainer: str | None
    kind: str | None
    currency: str
    charged_minor: int
    returned_minor: int
    entries: int

    @property
    def net_minor(self) -> int:
        return self.charged_minor - self.returned_minor


def takings(
    *,
    branch_ids: Sequence[int],
    first: date,
    last: date,
    by: Sequence[str] = PARTS,
) -> list[Takings]:
    """What the branches took in from ``first`` to ``last``, both included, summed up by
    some of PARTS and by currency, in their order.

    All rows add up to what the ledger holds of these days. Raises Invalid for more than
    a year, days the wrong way round, or an unknown part.
    """
    check_range(first, last)
    if unknown := set(by) - set(PARTS):
        raise misfit("by", f"There are no sums by {', '.join(sorted(unknown))}.")
    values = {"branches": list(branch_ids), "first": first, "last": last}
    asked = {f"by_{part}": part in by for part in PARTS}
    return fetch_all(SQL.takings, values | asked, Takings)


def totals(rows: Sequence[Takings]) -> list[Takings]:
    """The sums of all rows, one a currency."""
    found: dict[str, list[int]] = {}
    for row in rows:
        sums = found.setdefault(row.currency, [0, 0, 0])
        for place, more in enumerate((row.charged_minor, row.returned_minor)):
            sums[place] += more
        sums[2] += row.entries
    nobody = (None,) * 6
    return [Takings(*nobody, currency, *sums) for currency, sums in found.items()]


def check_range(first: date, last: date) -> None:
    """Raises Invalid."""
    if last < first:
        raise misfit("last", "The last day is not before the first.")
    if last - first >= LONGEST:
        raise misfit("last", "A report covers a year at most.")

"""How many members join, stay and go, by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gymsite.core.errors import misfit
from gymsite.core.periods import months
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("memberships", "analytics")
LONGEST = 36  # months of one list


@dataclass(frozen=True, slots=True)
class MemberMonth:
    """Members of one month, by the first day of it.

    ``joined``: accounts opened in it, by the clock of their branch. ``active``: with a
    membership on its last day, or today. ``churned``: with one on the last day of the
    month before, and none on this one's.
    """

    month: date
    joined: int
    active: int
    churned: int


def member_months(
    *,
    branch_ids: Sequence[int],
    unplaced: bool = False,
    first: date,
    last: date,
    today: date,
) -> list[MemberMonth]:
    """The months from ``first``'s to ``last``'s, 36 at most; none after ``today``'s.

    Accounts count at their home branch (``unplaced``: also those without one),
    memberships at theirs. Raises Invalid.
    """
    first, last = first.replace(day=1), min(last, today).replace(day=1)
    if last < first:
        raise misfit("last", "The last month is not before the first.")
    if sum(1 for _ in months(first, last)) > LONGEST:
        raise misfit("last", f"There are {LONGEST} months at most in one list.")
    values = {
        "branches": list(branch_ids),
        "unplaced": unplaced,
        "first": first,
        "last": last,
        "today": today,
    }
    return fetch_all(SQL.member_months, values, MemberMonth)

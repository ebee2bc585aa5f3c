"""Deleting what has served its time, some thousands of rows per statement.

docs/retention.md says what is deleted from which table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gymsite.postgres.rows import execute

BATCH = 5_000
MOST_BATCHES = 200  # per run; the next run deletes what is left


@dataclass(frozen=True, slots=True)
class Kept:
    """How long rows of a table are kept.

    Rows of ``table`` (whose key is ``key``) are deleted when the instant in ``column``
    is ``kept`` ago. ``only`` is a condition in SQL, for tables of which only some rows
    are.
    """

    table: str
    key: str
    column: str
    kept: timedelta = timedelta(0)
    only: str = "true"

    @property
    def over(self) -> str:
        # a row that somebody has locked is skipped; the next run deletes it
        due = f"{self.column} < %(before)s AND {self.only}"
        return (
            f"SELECT {self.key} FROM {self.table} WHERE {due} LIMIT %(batch)s "
            "FOR UPDATE SKIP LOCKED"
        )

    @property
    def deletion(self) -> str:
        # an array is selected once; an IN may be evaluated anew for each row, and then
        # LIMIT bounds nothing
        return f"DELETE FROM {self.table} WHERE {self.key} = ANY (ARRAY({self.over}))"


def forget(kinds: Iterable[Kept], *, now: datetime) -> dict[str, int]:
    """Delete what is over; return how many rows of each table."""
    return {kind.table: in_batches(kind.deletion, now - kind.kept) for kind in kinds}


def in_batches(statement: str, before: datetime) -> int:
    """Run a statement again and again until it finds less than a batch to delete.

    The statement deletes at most ``batch`` rows from the time before ``before``. It
    runs MOST_BATCHES times at most, each time in a transaction of its own. Returns how
    many rows were deleted.
    """
    deleted = 0
    for _ in range(MOST_BATCHES):
        found = execute(statement, {"before": before, "batch": BATCH})
        deleted += found
        if found < BATCH:
            break
    return deleted

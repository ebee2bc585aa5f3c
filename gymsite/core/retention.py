"""Emptying what has served its time, some thousands of rows a statement.
docs/retention.md says what of which table."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gymsite.postgres.rows import execute

BATCH = 5_000
MOST_BATCHES = 200  # a run; what is left is the next one's


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of ``table`` (whose key is ``key``) go when the instant in ``column`` is
    ``kept`` ago.

    ``only`` is a condition in SQL for tables of which not all go then.
    """

    table: str
    key: str
    column: str
    kept: timedelta = timedelta(0)
    only: str = "true"

    @property
    def over(self) -> str:
        # what somebody holds is passed over and taken by the next run
        due = f"{self.column} < %(before)s AND {self.only}"
        return (
            f"SELECT {self.key} FROM {self.table} WHERE {due} LIMIT %(batch)s "
            "FOR UPDATE SKIP LOCKED"
        )

    @property
    def deletion(self) -> str:
        # An array is chosen once; IN may be asked anew for each row, and then LIMIT
        # bounds nothing.
        return f"DELETE FROM {self.table} WHERE {self.key} = ANY (ARRAY({self.over}))"


def forget(kinds: Iterable[Kept], *, now: datetime) -> dict[str, int]:
    """Delete what is over; how many rows of each table."""
    return {kind.table: in_batches(kind.deletion, now - kind.kept) for kind in kinds}


def in_batches(statement: str, before: datetime) -> int:
    """Run a statement that deletes ``batch`` rows of the time ``before``, each time in
    a transaction, until it finds fewer."""
    deleted = 0
    for _ in range(MOST_BATCHES):
        found = execute(statement, {"before": before, "batch": BATCH})
        deleted += found
        if found < BATCH:
            break
    return deleted

"""The invariants that the data must keep."""

from collections.abc import Iterable
from dataclasses import dataclass

from gymsite.postgres.statements import Statement


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule that the data keeps, and the statement that finds what breaks it.

    ``says`` is what holds, in words; ``tables`` are all that the statement reads.
    """

    name: str
    says: str
    tables: tuple[str, ...]
    sql: str

    def sample(self, count: int) -> str:
        """A query for the first few rows that break the invariant.

        The fence (MATERIALIZED) keeps LIMIT from luring the planner into a plan that is
        good for the first row only, when usually there is none.
        """
        return (
            f"WITH broken AS MATERIALIZED ({self.sql}) SELECT * FROM broken LIMIT "
            f"{count}"
        )

    def counted(self, count: int) -> str:
        """``sample`` with a first column: the number of all rows that break it."""
        return (
            f"WITH broken AS MATERIALIZED ({self.sql}) SELECT count(*) OVER () AS "
            f"broken, * FROM broken LIMIT {count}"
        )


def invariants_of(statements: Iterable[Statement]) -> tuple[Invariant, ...]:
    """The invariants of some statements; each one's purpose is what it says."""
    return tuple(
        Invariant(statement.name, statement.purpose, statement.tables, statement.sql)
        for statement in statements
    )

"""What an invariant is."""

from collections.abc import Iterable
from dataclasses import dataclass

from gymsite.postgres.statements import Statement


@dataclass(frozen=True, slots=True)
class Invariant:
    """``says`` is what holds, in words; ``tables`` are all that the statement reads."""

    name: str
    says: str
    tables: tuple[str, ...]
    sql: str

    def sample(self, count: int) -> str:
        """A query for the first few rows that break it. The fence keeps LIMIT from
        luring the planner into a plan that is good for the first row only, when usually
        there is none."""
        return (
            f"WITH broken AS MATERIALIZED ({self.sql}) SELECT * FROM broken LIMIT "
            f"{count}"
        )

    def counted(self, count: int) -> str:
        """``sample`` with the number of all rows that break it as a first column."""
        return (
            f"WITH broken AS MATERIALIZED ({self.sql}) SELECT count(*) OVER () AS "
            f"broken, * FROM broken LIMIT {count}"
        )


def invariants_of(statements: Iterable[Statement]) -> tuple[Invariant, ...]:
    """Each with its statement's purpose as what it says."""
    return tuple(
        Invariant(statement.name, statement.purpose, statement.tables, statement.sql)
        for statement in statements
    )

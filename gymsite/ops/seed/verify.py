"""The seed's own checks: every invariant, and what only a fresh seed can promise."""

from collections.abc import Iterator

import psycopg

from gymsite.ops.invariants import INVARIANTS, Invariant
from gymsite.ops.seed.jobs import Job
from gymsite.ops.seed.publish import LEFTOVERS
from gymsite.postgres.invariant import invariants_of
from gymsite.postgres.statements import read


class Broken(Exception):
    """Some invariant does not hold in what was made; nothing has been published."""


SEED_ONLY = invariants_of(read("gymsite.ops.seed", "verify"))


def checks() -> tuple[Invariant, ...]:
    return (*INVARIANTS, *SEED_ONLY)


def jobs(made: set[str], broken: list[str]) -> Iterator[Job]:
    """A job for each check of tables that were made; ``broken`` notes what fails.

    A finished table can be read at any time: foreign keys and triggers, which it gets
    later, shut no reader out.
    """
    for check in checks():
        if set(check.tables) & set(LEFTOVERS):
            # full of what goes now, empty once the new tables are published, and then
            # nothing breaks it
            continue
        yield Job(
            f"check {check.name}",
            _checker(check, broken),
            after=frozenset(check.tables) & made,
            urgency=1,
        )


def _checker(check: Invariant, broken: list[str]):
    def run(connection: psycopg.Connection) -> None:
        rows = connection.execute(check.sample(3)).fetchall()
        if rows:
            broken.append(f"{check.name}: {check.says} Not so: {rows}")

    return run

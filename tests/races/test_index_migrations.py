"""Indexes come and go while a site is in use, and nobody waits for them.

Each migration that makes an index concurrently goes back and forth on a table with
rows. Somebody's transaction stays open meanwhile, so that the migration has to wait,
and others read and write. The server ends a statement of theirs that waits for a lock
for more than 100 ms: what is judged is who waits for whom, not how fast the machine is.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from time import perf_counter
from types import SimpleNamespace

import psycopg
import pytest
from django.apps import apps
from django.db import connection, connections, migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import (
    AddConstraint,
    AddIndex,
    RunSQL,
    SeparateDatabaseAndState,
)
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from gymsite.ops.seed import run as seed
from tests.ops.databases import another, migrated
from tests.ops.test_seed import quietly
from tests.ops.waits import until

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db,
    pytest.mark.usefixtures("seeded"),
    pytest.mark.xdist_group("index migrations"),
]

MOST_WAIT = "100ms"  # for a lock
# of each rival, while the migration waits; the control's take 100 ms each
STATEMENTS, CONTROLLED = 25, 3
NAME = "gymsite index migration"
# of the models a migration asks its table and columns, and these are today's
TODAY = SimpleNamespace(apps=apps)
READ = sql.SQL("SELECT count(*) FROM {} WHERE id = {}")
WRITE = sql.SQL("UPDATE {} SET id = id WHERE id = {}")


def of_tables_in_use() -> Iterator[migrations.Migration]:
    # Django keeps them in no order, and every process has to name the same tests
    for _, migration in sorted(MigrationLoader(None).disk_migrations.items()):
        if not migration.atomic and changed(migration):
            yield migration


def changed(migration: migrations.Migration) -> set[tuple[str, str]]:
    """Models and names of the indexes that it makes, or replaces."""
    return {
        (part.model_name_lower, part.index.name)
        for part in migration.operations
        if isinstance(part, AddIndex)
    } | {
        (state.model_name_lower, state.constraint.name)
        for part in migration.operations
        if isinstance(part, SeparateDatabaseAndState)
        for state in part.state_operations
        if isinstance(state, AddConstraint)
    }


def steps(migration: migrations.Migration) -> list[AddIndex | RunSQL]:
    """What it does about them."""
    within = [
        step
        for part in migration.operations
        for step in getattr(part, "database_operations", [part])
    ]
    return [step for step in within if isinstance(step, AddIndex | RunSQL)]


MIGRATIONS = {str(migration): migration for migration in of_tables_in_use()}


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker) -> Iterator[None]:
    """A small brand in a database of the module's own."""
    with django_db_blocker.unblock(), migrated("indexes"):
        day = datetime.now(UTC).date()
        seed.seed(seed.Request(0.01, seed=1, day=day), quietly)
        yield


def locking(migration: migrations.Migration) -> migrations.Migration:
    """The same indexes, made as where nobody reads or writes meanwhile."""
    plain = migrations.Migration(migration.name, migration.app_label)
    plain.operations = [
        AddIndex(part.model_name, part.index)
        for part in steps(migration)
        if isinstance(part, AddIndex)
    ]
    return plain


@contextmanager
def editing(migration: migrations.Migration) -> Iterator[BaseDatabaseSchemaEditor]:
    """In a connection of this thread's."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET application_name = '{NAME}'")
        with connection.schema_editor(atomic=migration.atomic) as editor:
            yield editor
    finally:
        connections.close_all()


def forth(migration: migrations.Migration) -> None:
    with editing(migration) as editor:
        for part in steps(migration):
            part.database_forwards(migration.app_label, editor, TODAY, TODAY)


def back(migration: migrations.Migration) -> None:
    with editing(migration) as editor:
        for part in reversed(steps(migration)):
            part.database_backwards(migration.app_label, editor, TODAY, TODAY)


@dataclass(slots=True)
class Seen:
    """What rivals met: the seconds of each statement, and the kinds that were ended."""

    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)

    def rival(self, kind: str, statement: sql.Composed, done: Event) -> None:
        with another() as live:
            live.execute(f"SET lock_timeout = '{MOST_WAIT}'")
            # a ledger refuses changes; who holds its table does not matter here
            live.execute("SET session_replication_role = replica")
            while not done.is_set():
                began = perf_counter()
                try:
                    live.execute(statement)
                except psycopg.errors.LockNotAvailable:
                    self.ended.add(kind)
                getattr(self, kind).append(perf_counter() - began)

    def __str__(self) -> str:
        read, write = (max(times) * 1000 for times in (self.reads, self.writes))
        return (
            f"{len(self.reads)} reads, the slowest {read:.0f} ms; "
            f"{len(self.writes)} writes, the slowest {write:.0f} ms"
        )


def meanwhile(
    migration: migrations.Migration,
    step: Callable[[migrations.Migration], None],
    least: int,
) -> Seen:
    """What rivals see while ``step`` waits for an open transaction, and goes on.

    Each makes at least so many statements before the transaction ends.
    """
    seen, done, rivals = Seen(), Event(), []
    with ThreadPoolExecutor() as pool, another() as holder:
        hold, read, write = statements_on(migration, holder)
        try:
            with holder.transaction():
                holder.execute("SET LOCAL session_replication_role = replica")
                holder.execute(hold)
                migrating = pool.submit(step, migration)
                until(lambda: migrating.done() or is_waiting())
                rivals = [
                    pool.submit(seen.rival, "reads", read, done),
                    pool.submit(seen.rival, "writes", write, done),
                ]
                until(lambda: min(len(seen.reads), len(seen.writes)) >= least)
                assert not migrating.done()
            migrating.result()
        finally:
            done.set()
        for rival in rivals:
            rival.result()
    return seen


def statements_on(
    migration: migrations.Migration, live: psycopg.Connection
) -> list[sql.Composed]:
    """A write, a read and a write, each of a row of its own."""
    (model,) = {model for model, _ in changed(migration)}
    name = apps.get_model(migration.app_label, model)._meta.db_table
    table = sql.Identifier(name)
    rows = live.execute(sql.SQL("SELECT id FROM {} LIMIT 3").format(table)).fetchall()
    return [
        kind.format(table, id_)
        for kind, (id_,) in zip((WRITE, READ, WRITE), rows, strict=True)
    ]


def is_waiting() -> bool:
    with another() as watcher:
        row = watcher.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND "
            "application_name = %s AND wait_event_type = 'Lock'",
            [NAME],
        )
        return row.fetchone() is not None


def valid(name: str) -> bool | None:
    """None where there is no such index."""
    with another() as live:
        found = live.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name]
        ).fetchone()
    return found and found[0]


def test_appointments_people_and_payments_are_among_them():
    models = {model for one in MIGRATIONS.values() for model, _ in changed(one)}
    assert {"appointment", "classsession", "user", "ledgerentry"} <= models


@pytest.mark.parametrize("name", MIGRATIONS)
def test_nobody_waits_for_an_index(name, record_testsuite_property):
    migration = MIGRATIONS[name]
    for step in (back, forth):
        seen = meanwhile(migration, step, STATEMENTS)
        record_testsuite_property(f"{name} {step.__name__}", str(seen))
        assert seen.ended == set()
    assert all(valid(index) for _, index in changed(migration))


def test_the_way_back_takes_an_index_away_and_keeps_a_key():
    indexed = MIGRATIONS["bookings.0021_appointments_by_time"]
    keyed = MIGRATIONS["bookings.0031_session_key"]
    with ThreadPoolExecutor(1) as pool:
        for migration, there in ((indexed, None), (keyed, True)):
            pool.submit(back, migration).result()
            assert {valid(index) for _, index in changed(migration)} == {there}
            pool.submit(forth, migration).result()
    assert all(valid(index) for _, index in changed(indexed) | changed(keyed))


def test_a_plain_index_lets_everybody_wait():
    """The negative control: what readers and writers meet without CONCURRENTLY."""
    made = MIGRATIONS["bookings.0021_appointments_by_time"]
    migration = locking(made)
    assert meanwhile(migration, back, CONTROLLED).ended == {"reads", "writes"}
    assert meanwhile(migration, forth, CONTROLLED).ended == {"writes"}
    assert all(valid(index) for _, index in changed(made))

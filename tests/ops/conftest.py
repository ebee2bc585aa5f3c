"""What tests of several commands share: a database for faults, a machine alone."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.db import connection, connections

from tests.ops.databases import another, migrated


@pytest.fixture(scope="module")
def place(django_db_setup, django_db_blocker):
    """A migrated database of the module's own, where no other test did anything."""
    with django_db_blocker.unblock():
        before = connection.settings_dict["NAME"]
        with migrated("audit"):
            place = dict(connection.settings_dict)
            connections.close_all()
            connection.settings_dict["NAME"] = before
            yield place


@pytest.fixture
def database(db, place):
    """Django's connection is to that database and commits; the test's own waits."""
    waiting, connections["default"] = (
        connections["default"],
        connections.create_connection("default"),
    )
    connection.settings_dict = place.copy()
    yield
    connection.close()
    connections["default"] = waiting


@pytest.fixture
def plant(database):
    """Runs statements outside of any transaction; ``after`` undoes them at the end."""
    with another() as live, ExitStack() as undo:

        def run(*statements: str, after: str = "") -> None:
            if after:
                undo.callback(live.execute, after)
            for statement in statements:
                live.execute(statement)
            live.execute("SELECT pg_stat_force_next_flush()")
            live.execute("SELECT 1")

        yield run


@pytest.fixture
def alone() -> Iterator[None]:
    """A server has one bench at a time, and tests run in several processes."""
    with open(settings.HOME / "bench-tests.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

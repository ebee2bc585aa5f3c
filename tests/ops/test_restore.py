"""docs/deploy.md's backup and restore as they stand there.

As a superuser and as a role that owns its database.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from gymsite.ops.seed import run
from tests.ops.databases import another, migrated, owned
from tests.ops.documented import blocks, execute, run_or_say

COUNTS = (
    "core_user",
    "bookings_booking",
    "bookings_checkin",
    "payments_ledgerentry",
    "catalog_stockentry",
)
OWNER = {"superuser": migrated, "plain": owned}


def commands() -> list[str]:
    """The blocks of code under Backups.

    The dump, the whole restore, what is asked at the end, and rows alone.
    """
    found = blocks("deploy.md", "Backups")
    assert len(found) == 4
    return found


def counts() -> list[int]:
    with another() as live:
        return [
            live.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in COUNTS
        ]


@pytest.fixture(scope="module")
def dump(
    tmp_path_factory, django_db_setup, django_db_blocker
) -> tuple[Path, list[int]]:
    """A directory with the dump of a seeded brand; how many rows it has."""
    place = tmp_path_factory.mktemp("dump")
    shutil.copy(settings.BASE_DIR / "manage.py", place)
    with django_db_blocker.unblock(), migrated("dumped"):
        with another() as live:
            live.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        run.seed(run.Request(0.02, 1, timezone.now().date()), lambda job, rows: None)
        run_or_say(place, commands()[0])
        return place, counts()


@contextmanager
def empty(role: str) -> Iterator[None]:
    with OWNER[role]("restored"):
        with another() as live:
            if role == "superuser":
                live.execute("DROP SCHEMA public CASCADE")
                live.execute("CREATE SCHEMA public")
            is_super = live.execute(
                "SELECT usesuper FROM pg_user WHERE usename = current_user"
            ).fetchone()
            assert is_super == (role == "superuser",)
        yield


def enabled() -> set[tuple[str]]:
    with another() as live:
        return set(
            live.execute(
                "SELECT DISTINCT tgenabled FROM pg_trigger WHERE NOT tgisinternal"
            ).fetchall()
        )


@pytest.mark.parametrize("role", OWNER)
@pytest.mark.parametrize("rows_alone", [False, True], ids=["whole", "rows alone"])
def test_what_is_restored_is_whole_and_quick(transactional_db, dump, role, rows_alone):
    (place, kept), (_, whole, checks, rows) = dump, commands()
    script = whole.splitlines()[0] + "\n" + rows if rows_alone else whole
    with empty(role):
        run_or_say(place, script)
        assert counts() == kept
        assert enabled() == {("O",)}
        run_or_say(place, checks)


def test_a_restored_count_that_is_wrong_is_found(transactional_db, dump):
    (place, _), (_, whole, checks, _) = dump, commands()
    with empty("superuser"):
        run_or_say(place, whole)
        with another() as live:
            live.execute("ALTER TABLE bookings_classsession DISABLE TRIGGER USER")
            live.execute("UPDATE bookings_classsession SET booked_count = booked_count "
                         "- 1 WHERE id = (SELECT max(id) FROM bookings_classsession "
                         "WHERE booked_count > 1)")  # fmt: skip
        assert execute(place, checks).returncode != 0


def test_rows_alone_with_triggers_on_are_refused(transactional_db, dump):
    """They would count again what is counted already.

    And each finds its tables under pg_restore's empty path.
    """
    (place, _), (_, whole, _, rows) = dump, commands()
    script = whole.splitlines()[0] + "\n" + rows.replace("triggers DISABLE\n", "")
    with empty("plain"):
        refused = execute(place, script)
    assert refused.returncode != 0
    assert "does not exist" not in refused.stderr

"""Migrations: none is missing, and the whole way back and there again works."""

import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from urllib.parse import quote

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations import AddIndex, CreateModel
from django.db.migrations.loader import MigrationLoader

from gymsite.core.functions import SQL

SCRATCH = "gymsite_migrations"
ROOMS = ("gymsite.", "memberships", "bookings", "catalog")
# made before there was a site in use
LOCKING = {
    "bookings.0004_class_search",
    "bookings.0015_folded_search",
    "catalog.0002_product_score",
    "catalog.0012_folded_search",
    "core.0002_failed_mails",
    "core.0012_mail_waits_and_lapses",
    "core.0017_folded_text",
}


@pytest.fixture
def scratch(django_db_setup, django_db_blocker) -> Iterator[str]:
    """The URL of a database on the tests' server, with all migrations."""
    with django_db_blocker.unblock():
        place = connection.settings_dict
    migrated = place["TEST"]["TEMPLATE"]
    password = f":{quote(place['PASSWORD'])}" if place["PASSWORD"] else ""
    base = f"postgresql://{quote(place['USER'])}{password}@"
    where = f"host={quote(place['HOST'], safe='')}" + (
        f"&port={place['PORT']}" if place["PORT"] else ""
    )
    with psycopg.connect(f"{base}/postgres?{where}", autocommit=True) as server:
        name = f"{SCRATCH}_{os.getpid()}"
        server.execute(f"CREATE DATABASE {name} TEMPLATE {migrated}")
        yield f"{base}/{name}?{where}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def migrate(url: str, *arguments: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", *arguments]
    subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        check=True,
    )


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as database:
        rows = database.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
    return {
        name
        for (name,) in rows
        if name.partition("_")[0] in {"core", "memberships", "bookings"}
    }


@pytest.mark.django_db
def test_no_model_change_lacks_its_migration():
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_an_index_of_a_table_in_use_is_made_concurrently():
    """A plain AddIndex, which stops all writes, is for tables of its own migration."""
    ours = {one.label for one in apps.get_app_configs() if one.name.startswith(ROOMS)}
    found = {
        str(migration)
        for migration in MigrationLoader(None).disk_migrations.values()
        if migration.app_label in ours
        for part in migration.operations
        if type(part) is AddIndex and part.model_name_lower not in made_in(migration)
    }
    assert found == LOCKING


def made_in(migration) -> set[str]:
    return {
        part.name_lower
        for part in migration.operations
        if isinstance(part, CreateModel)
    }


@pytest.mark.django_db
def test_functions_carry_their_search_path():
    """A migration that makes or changes a trigger ends with ``RunPython(give_search_path, ...)``."""
    with connection.cursor() as cursor:
        cursor.execute(SQL.without_path)
        assert cursor.fetchall() == []
        cursor.execute(
            "CREATE OR REPLACE FUNCTION of_a_test() RETURNS int LANGUAGE sql AS 'SELECT 1'"
        )
        cursor.execute(SQL.without_path)
        assert cursor.fetchall() == [("of_a_test()",)]


@pytest.mark.database
def test_the_migrations_go_back_and_forth(scratch):
    """Once they went forth: the tests' template is an empty database, migrated."""
    assert "bookings_checkin" in tables(scratch)
    migrate(scratch, "core", "zero")
    assert tables(scratch) == set()
    migrate(scratch)
    assert "bookings_checkin" in tables(scratch)

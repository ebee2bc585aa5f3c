"""Test databases are copies: what a migration reads makes another template."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.template import IMPORTED, ROOMS, fingerprint, sources

BASE = Path(settings.BASE_DIR)
ALLOWED = tuple(room.replace("/", ".") for room in IMPORTED)


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    return names | {
        node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }


def test_what_migrations_import_counts():
    """What stands elsewhere could change and the old template would still be taken."""
    paths = [path for room in ROOMS for path in (BASE / room).rglob("migrations/0*.py")]
    assert len(paths) > 70
    elsewhere = {
        (str(path.relative_to(BASE)), name)
        for path in paths
        for name in imported(path)
        if name.split(".")[0] in ROOMS
        and not name.startswith(ALLOWED)
        and "models" not in name.split(".")
    }
    assert elsewhere == set()


def test_every_migration_and_statement_counts():
    counted = {str(path.relative_to(BASE)) for path in sources()}
    assert "bookings/migrations/0001_initial.py" in counted
    assert "bookings/sql/waitlist.sql" in counted
    assert "gymsite/core/functions.py" in counted
    assert fingerprint() == fingerprint()


@pytest.mark.django_db
def test_a_test_database_has_every_migration():
    call_command("migrate", check_unapplied=True, verbosity=0)
    assert connection.settings_dict["TEST"]["TEMPLATE"].endswith("_template")

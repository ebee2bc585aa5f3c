"""A migrated database that every test database is a copy of.

Migrating takes a quarter of a minute, copying a fifth of a second. The template stays
on the server until what makes it changes: a migration, a statement, what migrations
import (models, gymsite.core, gymsite.postgres), a version, or the day, by which
partitions are made.
"""

import fcntl
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

ROOMS = ("gymsite", "bookings", "catalog", "memberships")
# beside models, what migrations may import
IMPORTED = ("gymsite/core", "gymsite/postgres")


def template() -> str:
    """The template's name; it is made where it is missing or old.

    Several processes may ask at once: the first makes it, the others wait.
    """
    name, marked = f"{connection.settings_dict['NAME']}_template", fingerprint()
    with open(settings.HOME / "test" / "template.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _mark(name) != marked:
            _make(name, marked)
    return name


def fingerprint() -> str:
    """Of all that a migrated database depends on."""
    digest = sha256(datetime.now(UTC).date().isoformat().encode())
    for path in sorted(set(sources())):
        digest.update(f"{path.relative_to(settings.BASE_DIR)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def sources() -> Iterator[Path]:
    base = Path(settings.BASE_DIR)
    yield base / "tests/requirements.lock"
    for room in ROOMS:
        yield from (base / room).rglob("migrations/**/*.py")
        yield from (base / room).rglob("*.sql")
        yield from (base / room).rglob("models/**/*.py")
        yield from (base / room).rglob("models.py")
    for room in IMPORTED:
        yield from (base / room).rglob("*.py")


def _mark(name: str) -> str | None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
            "WHERE datname = %s",
            [name],
        )
        return next(iter(cursor.fetchone() or ()), None)


def _make(name: str, marked: str) -> None:
    database = sql.Identifier(name)
    with connection._nodb_cursor() as cursor:
        cursor.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database)
        )
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(database))
    before, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
    with connection._nodb_cursor() as cursor:
        cursor.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                database, sql.Literal(marked)
            )
        )

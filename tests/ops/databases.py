"""Databases of a test module's own: the seed exchanges tables, so none is shared."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import psycopg
from django.conf import settings
from django.db import connection, connections
from psycopg import sql

from gymsite.ops.rig.databases import Databases


@contextmanager
def migrated(name: str) -> Iterator[None]:
    """Within it Django's default connection is to a new, migrated, empty database."""
    before = connection.settings_dict["NAME"]
    template = connection.settings_dict["TEST"]["TEMPLATE"]
    name = f"{before}_{name}"
    connections.close_all()
    with administering() as control:
        control.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                sql.Identifier(name)
            )
        )
        control.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = before
        with administering() as control:
            control.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


@contextmanager
def owned(name: str) -> Iterator[None]:
    """Within it Django's default connection is to a new, empty database, as its owner.

    Who is no superuser.
    """
    before = dict(connection.settings_dict)
    name = f"{before['NAME']}_{name}"
    connections.close_all()
    with administering() as control:
        _disown(control, name)
        control.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'own'").format(sql.Identifier(name))
        )
        control.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                sql.Identifier(name), sql.Identifier(name)
            )
        )
    connection.settings_dict |= {"NAME": name, "USER": name, "PASSWORD": "own"}
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict |= before
        with administering() as control:
            _disown(control, name)


def _disown(control: psycopg.Connection, name: str) -> None:
    control.execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )
    control.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def administering() -> psycopg.Connection:
    return psycopg.connect(**_place() | {"dbname": "postgres"}, autocommit=True)


def another() -> psycopg.Connection:
    """A second connection to the present database."""
    return psycopg.connect(**_place(), autocommit=True)


def environment() -> dict[str, str]:
    """What a process needs to work on the present database."""
    place = _place()
    account = ":".join(
        quote(place[key], safe="") for key in ("user", "password") if place.get(key)
    )
    # no "+"
    query = urlencode(
        {key: place[key] for key in ("host", "port") if place.get(key)}, quote_via=quote
    )
    return os.environ | {
        "DATABASE_URL": f"postgresql://{account}@/{place['dbname']}?{query}",
        "DJANGO_SETTINGS_MODULE": "gymsite.settings",
    }


def run_as_typed(*words: str) -> subprocess.CompletedProcess:
    """A command of its own that makes its databases on the tests' server."""
    databases = Databases()
    place = {
        "DATABASE_URL": databases.url("postgres"),
        "GYMSITE_PG_BIN": str(databases.binaries),
    }
    hidden = {"DJANGO_SETTINGS_MODULE", "GYMSITE_DEBUG", "GYMSITE_STATIC_ROOT"}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env={name: value for name, value in os.environ.items() if name not in hidden}
        | place,
        capture_output=True,
        text=True,
        timeout=300,
    )


def _place() -> dict[str, str]:
    names = {
        "dbname": "NAME",
        "user": "USER",
        "password": "PASSWORD",
        "host": "HOST",
        "port": "PORT",
    }
    return {
        key: str(connection.settings_dict[name])
        for key, name in names.items()
        if connection.settings_dict[name]
    }

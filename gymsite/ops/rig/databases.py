"""Databases of a tool's own beside the site's, and PostgreSQL's own programs.

Whoever measures books, cancels and registers thousands of times, and the events can't
be deleted again. So that never happens in the site's database: a tool makes and seeds
its own, marks each with a comment, and drops only what carries that mark.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from django.conf import settings
from django.db import connection, connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

from gymsite.ops.rig import programs
from gymsite.ops.rig.errors import Refused
from gymsite.postgres.rows import fetch_from
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.rig", "databases")

MARK = "gymsite bench: dropped by the next run"
LOCK = 0x67796D62  # "gymb": one bench a server
LOOPBACK = {"", "localhost", "127.0.0.1", "::1"}


class Databases:
    """The server that the site's settings name, and the databases made on it."""

    def __init__(self) -> None:
        place = settings.DATABASES["default"]
        host = str(place.get("HOST") or "")
        if settings.PRODUCTION:
            raise Refused(
                "This is a production site: its server is not for experiments."
            )
        if host not in LOOPBACK and not host.startswith("/"):
            raise Refused(
                f"The bench loads only this machine's own server, not {host}."
            )
        self.place = {
            "host": host,
            "port": str(place.get("PORT") or ""),
            "user": str(place.get("USER") or ""),
        }
        self.password = str(place.get("PASSWORD") or "")
        self.made: list[str] = []

    def conninfo(self, name: str) -> str:
        """A connection string; the password travels in the environment."""
        return make_conninfo(
            dbname=name, **{key: value for key, value in self.place.items() if value}
        )

    def url(self, name: str) -> str:
        """DATABASE_URL of one of the databases made."""
        account = ":".join(
            quote(part, safe="") for part in (self.place["user"], self.password) if part
        )
        options = {key: self.place[key] for key in ("host", "port") if self.place[key]}
        return f"postgresql://{account}@/{name}?{urlencode(options, quote_via=quote)}"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | ({"PGPASSWORD": self.password} if self.password else {})

    def connect(self, name: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            self.conninfo(name), password=self.password or None, autocommit=True
        )

    @contextmanager
    def held(self) -> Iterator[None]:
        """One at a time on a server; drops at the end what was made meanwhile."""
        with self.connect() as keeper:
            row = keeper.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
            if not row or not row[0]:
                raise Refused("Another bench is running on this database server.")
            try:
                yield
            finally:
                for name in list(self.made):
                    self.drop(name)

    def create(self, name: str) -> str:
        """A new empty database; one that an interrupted run left behind is replaced."""
        self.drop(name)
        with self.connect() as server:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(
                    sql.Identifier(name)
                )
            )
            server.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                    sql.Identifier(name), sql.Literal(MARK)
                )
            )
        self.made.append(name)
        return name

    def drop(self, name: str) -> None:
        with self.connect() as server:
            found = fetch_from(server, SQL.mark, {"name": name})
            if not found:
                return
            if found[0].mark != MARK:
                raise Refused(
                    f"The database {name} was not made by the bench; it is left alone."
                )
            server.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )
        if name in self.made:
            self.made.remove(name)

    @cached_property
    def binaries(self) -> Path:
        """Where pgbench, pg_dump and pg_restore of the server's major version are."""
        if chosen := os.environ.get("GYMSITE_PG_BIN"):
            return Path(chosen)
        with self.connect() as server:
            return programs.installed(server.info.server_version // 10_000)

    def program(self, name: str, *arguments: object, database: str) -> programs.Run:
        """Run one of PostgreSQL's programs on one of the databases made."""
        place = self.conninfo(database)
        # pgbench 15 takes it by position only
        at = [place] if name == "pgbench" else [f"--dbname={place}"]
        command = [self.binaries / name, *arguments, *at]
        return programs.run([str(part) for part in command], env=self.environment)

    def settle(self) -> None:
        """Write out what earlier work left, so that the next timing does not pay."""
        with self.connect() as server:
            try:
                server.execute("CHECKPOINT")
            except psycopg.errors.InsufficientPrivilege:
                return


@contextmanager
def using(**place: str) -> Iterator[None]:
    """Within it Django speaks to another database: ``place`` is of its settings."""
    before = {name: connection.settings_dict[name] for name in place}
    connections.close_all()
    connection.settings_dict |= place
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict |= before

"""A PostgreSQL of prove's own, which may be killed; the site's is never touched.

Its cluster lies beside the site's (``prove`` in the home) and writes every commit to
disk before it says so, as production does. The migrated, empty database in it serves as
a template, so that only the first run has to migrate.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from gymsite.ops.rig.databases import using
from gymsite.ops.rig.errors import Refused, ToolError
from gymsite.postgres import database
from gymsite.postgres.embedded import Server
from gymsite.postgres.rows import fetch_from, fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.prove", "cluster")

TEMPLATE = "gymsite_prove_template"
NAME = "gymsite_prove"
SAFE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class Cluster:
    """The scratch cluster; ``url`` is its database's, as DATABASE_URL takes it."""

    def __init__(self, home: Path) -> None:
        self.server = Server(home, "postgres")
        self.deadlocks = 0
        self._seen = 0

    @property
    def url(self) -> str:
        return Server(self.server.home, NAME).url

    @property
    def place(self) -> dict[str, str]:
        """Where it is, as Django's settings say it."""
        return {
            "NAME": NAME,
            "USER": "postgres",
            "PASSWORD": "",
            "HOST": str(self.server.socket_directory),
            "PORT": "",
        }

    def connect(self, name: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(Server(self.server.home, name).url, autocommit=True)

    def make_template(self) -> None:
        """An empty database, migrated as the models stand now, to be copied."""
        with self.connect() as control:
            if not fetch_from(control, SQL.is_there, {"name": TEMPLATE}):
                control.execute(
                    sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE))
                )
        with using(**self.place | {"NAME": TEMPLATE}):
            call_command("migrate", verbosity=0, interactive=False)

    @contextmanager
    def fresh_database(self) -> Iterator[None]:
        """Within it Django's default connection is to a new, empty scratch database."""
        name, template = sql.Identifier(NAME), sql.Identifier(TEMPLATE)
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name)
        with self.connect() as control:
            control.execute(drop)
            control.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, template)
            )
        self.deadlocks = self._seen = 0
        with using(**self.place):
            _check_place(self)
            yield
        with self.connect() as control:
            control.execute(drop)

    def promises(self) -> dict[str, str]:
        """The settings that an acknowledged commit stands on."""
        with self.connect(NAME) as control:
            return {
                name: control.execute(f"SHOW {name}").fetchone()[0]  # type: ignore[index]
                for name in SAFE
            }

    def crash(self) -> None:
        """End it without a checkpoint and start it again: it recovers from its log."""
        self.count_deadlocks()
        connections.close_all()
        self.server.stop("immediate")
        self.server.start()
        self._seen = 0  # its statistics begin anew after a crash

    def count_deadlocks(self) -> int:
        """Deadlocks so far; the server's own statistics forget them at a crash."""
        with self.connect() as control:
            found = fetch_from(control, SQL.deadlocks, {"name": NAME})
        now = found[0].deadlocks if found else 0
        self.deadlocks += max(0, now - self._seen)
        self._seen = now
        return self.deadlocks


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A running scratch cluster, stopped at the end.

    Raises Refused in production, and where another prove runs.
    """
    if settings.PRODUCTION:
        raise Refused("This is a production site: its machine is not for experiments.")
    home = database.home() / "prove"
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "prove.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("Another prove is running here.") from None
        cluster = Cluster(home)
        cluster.server.stop("immediate")  # what a killed run left
        try:
            cluster.server.start()
            cluster.make_template()
            yield cluster
        finally:
            cluster.server.stop("fast")


def _check_place(cluster: Cluster) -> None:
    """Never fight in a database other than the scratch one."""
    name, directory = fetch_one(
        "SELECT current_database() AS name, current_setting('data_directory') AS data"
    )
    if name != NAME or Path(directory) != cluster.server.data:
        raise ToolError(f"This is {name} in {directory}, not the scratch database.")

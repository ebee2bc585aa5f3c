"""The whole site on one machine: database, data, web server and job worker as one.

With DEBUG off it is the demo (gunicorn, collected static files), with DEBUG on the
development server (autoreload). Any part may be killed. The job worker is started
again; without another part the rest ends, and the next start clears up what an earlier
one could not.
"""

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import NoReturn, TextIO

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from catalog.models import Product
from catalog.models.stock import FEW
from catalog.operations.carts import add_to_cart
from gymsite.core.partitions import StillInUse
from gymsite.ops import worker
from gymsite.ops.rig import processes
from gymsite.ops.seed import accounts
from gymsite.postgres import database

MARK = "GYMSITE_RUN"  # in the environment of all we start: the home it works for
# anew, after which it is left alone: something is wrong that a start does not mend
WORKER_STARTS = 5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ADDRESSES = {"Site": "", "Admin": "admin/", "API": "api/v1/docs"}
Say = Callable[[str], None]


def run(port: int, say: Say) -> None:
    """Bring everything up, say where it is, and keep it up until Ctrl-C or SIGTERM.

    Raises CommandError when it runs already, when the port is taken, and when a part
    ends by itself.
    """
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        with _claimed(database.home(), port) as claim:
            _require_free(port)
            with _database(claim):
                _prepare(say)
                _serve(port, say)
    except KeyboardInterrupt:
        say("Stopped.")


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _finish_undisturbed() -> None:
    """Only stops things, in a bounded time: a second Ctrl-C must not break that off."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@dataclass
class Claim:
    """That one run uses a home.

    The lock on its file ends with the holder; the text tells the next what was left.
    """

    file: TextIO
    pid: int
    port: int
    stops_database: bool

    def write(self) -> None:
        self.clear()
        facts = {
            "pid": self.pid,
            "port": self.port,
            "stops_database": self.stops_database,
        }
        self.file.write(json.dumps(facts))
        self.file.flush()

    def clear(self) -> None:
        self.file.truncate(0)


@contextmanager
def _claimed(home: Path, port: int) -> Iterator[Claim]:
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "run.json", "a+") as file:
        file.seek(0)
        earlier = json.loads(file.read() or "{}")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"It runs already: process {earlier.get('pid')}, "
                f"http://127.0.0.1:{earlier.get('port')}/. `make stop` ends it; a "
                "second one needs a GYMSITE_HOME and a PORT of its own."
            ) from None
        processes.end_marked(MARK, str(home))  # what a killed run left
        claim = Claim(
            file, os.getpid(), port, stops_database=earlier.get("stops_database", False)
        )
        claim.write()
        try:
            yield claim
        finally:
            claim.clear()


def stop(home: Path, patience: float = 30.0) -> bool:
    """End the run that uses ``home`` and wait for it; whether there was one."""
    try:
        with open(home / "run.json") as file:
            pid = json.loads(file.read() or "{}").get("pid")
            until = time.monotonic() + patience
            found = False
            while pid and _locked(file) and time.monotonic() < until:
                if not found:
                    os.kill(pid, signal.SIGTERM)
                found = True
                time.sleep(0.1)
    except FileNotFoundError:
        return False
    return bool(processes.end_marked(MARK, str(home))) or found


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


def _require_free(port: int) -> None:
    if not processes.port_is_free(port):
        holder = processes.port_holder(port)
        raise CommandError(
            f"Port {port} is in use by {holder}. End that, or choose another: make "
            f"demo PORT={port + 1}"
        )


@contextmanager
def _database(claim: Claim) -> Iterator[None]:
    """The embedded server while we run; one that somebody else started stays up."""
    server = database.embedded()
    if server:
        claim.stops_database |= not server.alive()
        claim.write()
        server.start()
    try:
        yield
    finally:
        connections.close_all()
        if server and claim.stops_database:
            _finish_undisturbed()
            server.stop()


def _require_known_past() -> None:
    """Raises CommandError for a database with migrations that are not ours."""
    recorder = MigrationRecorder(connection)
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = {app for app, _ in loader.disk_migrations}
    strange = {
        (app, name) for app, name in recorder.applied_migrations() if app in ours
    } - {*loader.disk_migrations}
    if strange:
        app, name = min(strange)
        raise CommandError(
            f"This database was made by another version of the site ({app}.{name} is "
            "not in this one) and can't be brought up to date. Nothing was released "
            "since, so make it again: run `manage.py database stop`, remove "
            f"{database.home()}, or the database that DATABASE_URL names, and start "
            "anew."
        )


def _prepare(say: Say) -> None:
    _require_known_past()
    call_command("migrate", verbosity=0, interactive=False)
    if not get_user_model().objects.exists():
        say("Making a small brand ...")
        # the welcome names the accounts
        call_command("seed", profile="all", scale=0.05, stdout=StringIO())
        _fill_cart()
    _make_partitions(say)
    if not settings.DEBUG:
        _collect_static(say)
    connections.close_all()


def _make_partitions(say: Say) -> None:
    """This month's, before the first visitor; if that fails, nothing is lost."""
    for task in worker.AT_START:
        try:
            task()
        except StillInUse as error:
            say(f"{error} The worker tries again.")


def _fill_cart() -> None:
    """Two things in the demo member's cart, which a seed leaves out."""
    in_stock = Product.objects.filter(
        status=Product.Status.ON_SALE, stock__on_hand__gt=FEW
    ).order_by("rank")
    for product in in_stock[:2]:
        add_to_cart(
            member_id=accounts.DEMO_MEMBER.id, product_id=product.pk, now=timezone.now()
        )


def _collect_static(say: Say) -> None:
    """collectstatic, unless no source has changed since the last time."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = os.stat(storage.path(path))
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        say("Collecting and compressing static files ...")
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(digest.hexdigest())


@dataclass
class Part:
    """A process of the site; ``again`` is how often it may be started anew."""

    name: str
    arguments: list[str]
    again: int = 0
    is_needed: bool = True
    process: subprocess.Popen | None = None

    def start(self, environment: dict[str, str]) -> None:
        self.process = processes.start(
            [sys.executable, *self.arguments], environment, settings.BASE_DIR
        )


def _serve(port: int, say: Say) -> None:
    environment = os.environ | {
        MARK: str(database.home()),
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }
    parts = _parts(port)
    try:
        for part in parts:
            part.start(environment)
        _watch(parts, environment, say, until=lambda: processes.answers(port))
        say(_welcome(port))
        _watch(parts, environment, say, until=lambda: False)
    finally:
        _finish_undisturbed()
        say("Stopping ...")
        processes.end([part.process for part in parts if part.process])


def _parts(port: int) -> list[Part]:
    web = ["manage.py", "runserver", f"127.0.0.1:{port}"]
    if not settings.DEBUG:
        web = ["-m", "gunicorn", "-c", "python:gymsite.gunicorn", "gymsite.wsgi"]
    worker = ["manage.py", "worker", "--patience", "3"]
    return [
        Part("The web server", web),
        Part("The job worker", worker, again=WORKER_STARTS, is_needed=False),
    ]


def _watch(
    parts: list[Part],
    environment: dict[str, str],
    say: Say,
    *,
    until: Callable[[], bool],
    every: float = 0.25,
) -> None:
    """Wait; raise CommandError when the web server or the database has ended."""
    server = database.embedded()
    while not until():
        if server and not server.alive():
            raise CommandError(
                f"PostgreSQL ended (its log: {server.log}), so the rest is stopped too."
            )
        for part in parts:
            if part.process and (code := part.process.poll()) is not None:
                _replace(part, processes.how_it_ended(code), environment, say)
        time.sleep(every)


def _replace(part: Part, how: str, environment: dict[str, str], say: Say) -> None:
    """Start a part anew that has ended; raise CommandError where it may not be."""
    if part.again:
        part.again -= 1
        part.start(environment)
        say(f"{part.name} ended ({how}) and was started again.")
    elif not part.is_needed:
        part.process = None
        say(
            f"{part.name} ended ({how}) once too often. The site goes on: no notices, "
            "no mail, no nightly jobs."
        )
    else:
        raise CommandError(f"{part.name} ended ({how}), so the rest is stopped too.")


def _welcome(port: int) -> str:
    lines = [""]
    lines += [
        f"  {name:<10} http://127.0.0.1:{port}/{path}"
        for name, path in ADDRESSES.items()
    ]
    lines += ["", *_accounts(), "  Ctrl-C stops everything."]
    return "\n".join(lines)


def _accounts() -> list[str]:
    """The demo accounts, where this database has them."""
    names = [account.username for account in accounts.ACCOUNTS]
    here = get_user_model().objects.filter(username__in=names).count() == len(names)
    connections.close_all()
    return [f"  {line}" for line in accounts.described()] + [""] if here else []

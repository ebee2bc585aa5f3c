"""Load balancers are answered in two seconds while every worker hangs."""

import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings

from gymsite import health_listener
from gymsite.ops.rig import processes
from gymsite.ops.rig.usage import children_of
from gymsite.postgres.embedded import Server
from tests.ops.databases import another
from tests.ops.waits import address_of_the_tests, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]
AT_ONCE = 2.0  # seconds
READY, SILENT = (200, "ready\n"), (503, "the database does not answer\n")
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
HELD = "BEGIN; LOCK TABLE memberships_plan IN ACCESS EXCLUSIVE MODE"
# what hangs is to hang for as long as a test looks
NO_END = {"GYMSITE_LOCK_TIMEOUT": "60000", "GYMSITE_STATEMENT_TIMEOUT": "60000"}
KINDS = [
    ("0", 8),
    ("1", 2),
]  # proxies in front; requests served at once


class Site:
    """A gunicorn of two addresses, as docs/deploy.md has it."""

    def __init__(self, place: Path, url: str, proxies: str) -> None:
        self.pages, self.health = place / "web.sock", place / "health.sock"
        self.environment = (
            os.environ
            | NO_END
            | {
                "DJANGO_SETTINGS_MODULE": "gymsite.settings",
                "DATABASE_URL": url,
                "GYMSITE_BIND": f"unix:{self.pages}",
                "GYMSITE_HEALTH_BIND": f"unix:{self.health}",
                "GYMSITE_PROXIES": proxies,
                "GYMSITE_STATIC_ROOT": str(place / "static"),
                "GYMSITE_LOG_LEVEL": "CRITICAL",
            }
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        command = [sys.executable, "-m", "gunicorn", "-c", "python:gymsite.gunicorn"]
        self.process = processes.start(
            [*command, "gymsite.wsgi"], self.environment, settings.BASE_DIR
        )
        try:
            until(lambda: self.workers() and self.ready(60) == READY)
            yield
        finally:
            processes.end([self.process])

    def workers(self) -> list[int]:
        return children_of(self.process.pid)

    def ready(self, patience: float = AT_ONCE) -> tuple[int, str] | None:
        return asked(self.health, "/readyz", patience)

    def alive(self) -> tuple[int, str] | None:
        """What a worker says, if one has a moment."""
        return asked(self.pages, "/healthz", 0.2)


def sent(place: Path, path: str, method: str = "GET") -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(AT_ONCE)
    client.connect(str(place))
    headers = "Host: localhost\r\nConnection: close"
    client.sendall(f"{method} {path} HTTP/1.1\r\n{headers}\r\n\r\n".encode())
    return client


def asked(
    place: Path, path: str, patience: float = AT_ONCE, method: str = "GET"
) -> tuple[int, str] | None:
    """The status and body of an answer; None where there is none in time."""
    with suppress(OSError), sent(place, path, method) as client:
        client.settimeout(patience)
        head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()
    return None


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gymsite health ") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def hang(site: Site, hung: ExitStack, all_do: Callable[[], bool]) -> None:
    """Send pages that don't end until all workers have their hands full."""
    left = iter(range(500))  # the queue of a socket is not endless

    def one_more() -> bool:
        if next(left, None) is not None:
            hung.enter_context(sent(site.pages, "/plans/"))
        return all_do()

    until(one_more)


@pytest.mark.parametrize(("proxies", "at_once"), KINDS)
def test_every_worker_waits_for_a_table_that_somebody_holds(place, proxies, at_once):
    site = Site(place, address_of_the_tests(), proxies)
    with site.running(), another() as rival, another() as look, ExitStack() as hung:
        rival.execute(HELD)
        hang(site, hung, lambda: look.execute(WAITING).fetchone()[0] == at_once)
        assert asked(site.pages, "/readyz") is None  # which is why
        assert site.ready() == READY
        assert asked(site.health, "/healthz") == (200, "alive\n")


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """All of a database server's processes are there and do nothing."""
    postmaster = server._postmaster()
    assert postmaster
    pids = [postmaster, *children_of(postmaster)]
    for pid in pids:
        with suppress(ProcessLookupError):  # one that has ended meanwhile
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("proxies", ["0", "1"])
def test_every_worker_waits_for_a_server_that_is_silent(place, proxies):
    server = Server(place / "data", durable=False)
    server.start()
    patient = urlsplit(server.url)
    url = urlunsplit(patient._replace(query=f"{patient.query}&connect_timeout=60"))
    site = Site(place, url, proxies)
    try:
        with site.running(), ExitStack() as hung:
            with stopped(server):
                hang(site, hung, lambda: {site.alive() for _ in range(5)} == {None})
                for _ in range(3):
                    assert site.ready() == SILENT
                assert asked(site.health, "/healthz") == (200, "alive\n")
            until(lambda: site.ready() == READY)
    finally:
        server.stop()


def test_it_outlives_its_workers_and_a_reload_and_ends_with_the_site(place):
    site = Site(place, address_of_the_tests(), "1")
    with site.running():
        before = site.workers()
        os.kill(before[0], signal.SIGKILL)
        assert site.ready() == READY
        until(lambda: len({*site.workers()} - {before[0]}) == 2)
        before = site.workers()
        os.kill(site.process.pid, signal.SIGHUP)
        until(lambda: len(site.workers()) == 2 and not {*before} & {*site.workers()})
        assert site.ready() == READY
        os.kill(site.process.pid, signal.SIGTERM)
        site.process.wait(20)
        assert asked(site.health, "/healthz") is None
        assert not site.health.exists()


def test_it_says_nothing_else_and_nobody_holds_it_up(place):
    site = Site(place, address_of_the_tests(), "1")
    with site.running(), ExitStack() as silent:
        for _ in range(20):
            client = silent.enter_context(socket.socket(socket.AF_UNIX))
            client.connect(str(site.health))  # and sends nothing
        assert site.ready() == READY
        assert asked(site.health, "/readyz", method="HEAD") == (200, "")
        assert asked(site.health, "/plans/") == (404, "not here\n")
        refused = asked(site.health, "/readyz", method="POST")
        assert refused and refused[0] == 501
    assert set(health_listener.ANSWERS) == {"/healthz", "/readyz"}


def test_a_thread_that_waits_takes_no_time():
    looks: list[float] = []
    over = threading.Event()

    def is_wanted() -> bool:
        looks.append(time.monotonic())
        if len(looks) == 3:
            over.set()
        return len(looks) < 3

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)  # as gunicorn's are
        health_listener.answer_on(listener, is_wanted)
        assert over.wait(20)
    assert looks[2] - looks[0] > health_listener.LOOK


def test_a_command_line_that_binds_other_addresses_has_none(place):
    site = Site(place, address_of_the_tests(), "0")
    command = [sys.executable, "-m", "gunicorn", "-c", "python:gymsite.gunicorn"]
    other = ["--bind", f"unix:{site.pages}", "gymsite.wsgi"]
    process = processes.start([*command, *other], site.environment, settings.BASE_DIR)
    try:
        until(lambda: asked(site.pages, "/readyz", 60) == READY)
        assert asked(site.health, "/readyz") is None
    finally:
        processes.end([process])

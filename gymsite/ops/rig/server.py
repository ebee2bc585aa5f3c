"""A gunicorn of a tool's own on a loopback port, stopped whatever happens."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from django.conf import settings

from gymsite.ops.rig import processes
from gymsite.ops.rig.errors import ServerFailed
from gymsite.ops.rig.load import Address
from gymsite.ops.rig.usage import children_of, cpu_seconds, resident_memory

SETTINGS = "gymsite.ops.rig.settings"
START_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running gunicorn and how it was started."""

    address: Address
    process: subprocess.Popen
    workers: int
    worker_class: str

    @property
    def description(self) -> str:
        return f"gunicorn, {self.workers} {self.worker_class} workers"

    def worker_pids(self) -> list[int]:
        return children_of(self.process.pid)

    def cpu_seconds(self) -> float:
        """What the workers have used so far; the database's share is not in it."""
        return cpu_seconds(self.worker_pids())

    def worker_memory(self) -> list[float]:
        """The resident memory of each worker (MB, 10^6 bytes); Linux only."""
        return [resident_memory(pid) for pid in self.worker_pids()]


def environment(database_url: str, static_root: Path) -> dict[str, str]:
    """What a tool's processes run with: never the site's own database."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DATABASE_URL": database_url,
        "GYMSITE_STATIC_ROOT": str(static_root),
        "GYMSITE_DEBUG": "0",
        "GYMSITE_LOG_LEVEL": "CRITICAL",  # a refusal is an answer here, not news
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def serving(
    env: Mapping[str, str], *, workers: int, worker_class: str
) -> Iterator[Server]:
    """Start gunicorn, wait until it answers, and stop it at the end."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=1024) as listener,
        tempfile.TemporaryFile("w+") as log,
    ):
        address = Address(*listener.getsockname()[:2])
        command = _command(listener.fileno(), workers, worker_class)
        process = _spawn(command, env, log, listener.fileno())
        try:
            await_answer(address, "/bench/anonymous", process, log)
            yield Server(address, process, workers, worker_class)
        finally:
            processes.end([process])


def _command(listener: int, workers: int, worker_class: str) -> list[str]:
    threads = ["--threads", "4"] if worker_class == "gthread" else []
    return gunicorn(
        "gymsite.wsgi",
        listener,
        "--workers",
        str(workers),
        "--worker-class",
        worker_class,
        *threads,
    )


def gunicorn(application: str, listener: int, *options: str) -> list[str]:
    """The command that serves on a socket which is open already."""
    bind = ("--bind", f"fd://{listener}")
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "python:gymsite.gunicorn",
        *bind,
        *options,
        application,
    ]


def _spawn(
    command: list[str], env: Mapping[str, str], log: IO, *listeners: int
) -> subprocess.Popen:
    """Ctrl-C reaches the tool alone, which ends its children in order.

    Even ``kill -9`` of it leaves none behind.
    """
    return processes.start(
        command, env, settings.BASE_DIR, stdout=log, stderr=log, pass_fds=listeners
    )


def await_answer(
    address: Address, path: str, process: subprocess.Popen, log: IO
) -> None:
    """Return once ``path`` answers 200; raises ServerFailed."""
    # a proxy of the environment is not for this machine's own port
    opener = build_opener(ProxyHandler({}))
    url = f"http://{address.host}:{address.port}{path}"
    until = time.monotonic() + START_TIMEOUT
    while time.monotonic() < until and process.poll() is None:
        with suppress(URLError, OSError):
            if opener.open(url, timeout=START_TIMEOUT).status == 200:
                return
        time.sleep(0.05)
    log.seek(0)
    raise ServerFailed(f"gunicorn did not answer:\n{log.read()[-4000:]}")


@contextmanager
def job_worker(env: Mapping[str, str]) -> Iterator[subprocess.Popen]:
    """The product's job worker beside the server, to write notices meanwhile."""
    with tempfile.TemporaryFile("w+") as log:
        command = [sys.executable, "manage.py", "worker"]
        process = _spawn(command, env, log)
        try:
            yield process
        finally:
            processes.end([process])

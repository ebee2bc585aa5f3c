"""The site under attack: gunicorn as production runs it, on a socket that outlives it, so that it can be killed."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import IO
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from django.conf import settings

from gymsite.ops import processes
from gymsite.ops.bench.load import Address
from gymsite.ops.bench.processes import children_of

from .errors import ProveError

START_TIMEOUT = 60.0
CLOSED = ("http_proxy", "https_proxy", "GYMSITE_PROXIES", "GYMSITE_BIND")


class Site:
    """A gunicorn that may be killed; whoever connects meanwhile waits in the socket's queue."""

    def __init__(self, url: str, listener: socket.socket, log: IO) -> None:
        self.address = Address(*listener.getsockname()[:2])
        self._listener, self._log = listener, log
        self._environment = {name: value for name, value in os.environ.items() if name not in CLOSED} | {
            "DJANGO_SETTINGS_MODULE": "gymsite.ops.prove.settings",
            "DATABASE_URL": url,
            "GYMSITE_DEBUG": "0",
            "GYMSITE_LOG_LEVEL": "CRITICAL",  # failing is what it is made to do here
            "PYTHONUNBUFFERED": "1",
        }
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        bind = ("--bind", f"fd://{self._listener.fileno()}")
        command = [sys.executable, "-m", "gunicorn", "-c", "python:gymsite.gunicorn", *bind, "gymsite.ops.prove.wsgi"]
        options = {"stdout": self._log, "stderr": self._log, "pass_fds": [self._listener.fileno()]}
        self._process = processes.start(command, self._environment, settings.BASE_DIR, **options)
        self._await_answer()

    def stop(self) -> None:
        if self._process:
            processes.end([self._process])

    def sweep(self, now: datetime) -> subprocess.Popen:
        """The sweep of payments in a process of its own, begun."""
        command = [sys.executable, "-m", "gymsite.ops.prove.sweeper", now.isoformat()]
        options = {"stdout": self._log, "stderr": self._log}
        return processes.start(command, self._environment, settings.BASE_DIR, **options)

    def kill_worker(self) -> None:
        """One worker dies in the middle of its requests; the master starts another."""
        assert self._process is not None
        for pid in children_of(self._process.pid)[:1]:
            os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """Master and workers die in the middle of their requests, and are started again."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.start()

    def _await_answer(self) -> None:
        assert self._process is not None
        opener = build_opener(ProxyHandler({}))
        until = time.monotonic() + START_TIMEOUT
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(URLError, OSError):
                address = f"http://{self.address.host}:{self.address.port}/readyz"
                if opener.open(address, timeout=START_TIMEOUT).status == 200:
                    return
            time.sleep(0.05)
        self._log.seek(0)
        raise ProveError(f"gunicorn did not answer:\n{self._log.read()[-4000:]}")


@contextmanager
def serving(url: str) -> Iterator[Site]:
    """The site on the database at ``url``, stopped at the end."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener, tempfile.TemporaryFile("w+") as log:
        site = Site(url, listener, log)
        try:
            site.start()
            yield site
        finally:
            site.stop()

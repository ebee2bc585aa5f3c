"""The site under attack: gunicorn on a socket that outlives it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO

from django.conf import settings

from gymsite.ops.rig import processes
from gymsite.ops.rig.load import Address
from gymsite.ops.rig.server import await_answer, gunicorn
from gymsite.ops.rig.usage import children_of

CLOSED = ("http_proxy", "https_proxy", "GYMSITE_PROXIES", "GYMSITE_BIND")


class Site:
    """A gunicorn that may be killed; who connects meanwhile waits in the queue."""

    def __init__(self, url: str, listener: socket.socket, log: IO) -> None:
        self.address = Address(*listener.getsockname()[:2])
        self._listener, self._log = listener, log
        self._environment = {
            name: value for name, value in os.environ.items() if name not in CLOSED
        } | {
            "DJANGO_SETTINGS_MODULE": "gymsite.ops.prove.settings",
            "DATABASE_URL": url,
            "GYMSITE_DEBUG": "0",
            "GYMSITE_LOG_LEVEL": "CRITICAL",  # failing is what it is made to do here
            "PYTHONUNBUFFERED": "1",
        }
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        command = gunicorn("gymsite.ops.prove.wsgi", self._listener.fileno())
        options = {
            "stdout": self._log,
            "stderr": self._log,
            "pass_fds": [self._listener.fileno()],
        }
        self._process = processes.start(
            command, self._environment, settings.BASE_DIR, **options
        )
        await_answer(self.address, "/readyz", self._process, self._log)

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
        """Master and workers die amid their requests, and are started again."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.start()


@contextmanager
def serving(url: str) -> Iterator[Site]:
    """The site on the database at ``url``, stopped at the end."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=1024) as listener,
        tempfile.TemporaryFile("w+") as log,
    ):
        site = Site(url, listener, log)
        try:
            site.start()
            yield site
        finally:
            site.stop()

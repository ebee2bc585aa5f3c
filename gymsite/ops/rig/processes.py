"""Child processes that never outlive their work, even when we are killed."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
LISTENING = "0A"  # the state column of /proc/net/tcp


def start(
    command: Sequence[str],
    environment: Mapping[str, str],
    directory: Path,
    **options: Any,
) -> subprocess.Popen:
    """Start ``command`` in a process group of its own; ``options`` are Popen's.

    Linux ends it when this process dies, however that happens.
    """
    parent = os.getpid()

    def prepare() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

    # its own session: a Ctrl-C at the terminal reaches only us, and we end the parts in
    # order
    return subprocess.Popen(
        command,
        env=environment,
        cwd=directory,
        start_new_session=True,
        preexec_fn=prepare,
        **options,
    )


def end(children: Sequence[subprocess.Popen], patience: float = 10.0) -> None:
    """Ask each child's group to stop; kill what is left after ``patience`` s."""
    for child in children:
        _signal_group(child.pid, signal.SIGTERM)
    until = time.monotonic() + patience
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, until - time.monotonic()))
        _signal_group(child.pid, signal.SIGKILL)
        child.wait()


def end_marked(name: str, value: str, patience: float = 10.0) -> int:
    """End what we started with ``name=value`` in its environment; how many."""
    mark = os.fsencode(f"{name}={value}")
    found = list(_marked(mark))
    for pid in found:
        _signal(pid, signal.SIGTERM)
    until = time.monotonic() + patience
    while (left := list(_marked(mark))) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in left:
        _signal(pid, signal.SIGKILL)
    return len(found)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """A plain ``kill`` stops everything first, as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def how_it_ended(code: int) -> str:
    """A return code of subprocess in words."""
    return (
        f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
    )


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def port_holder(port: int) -> str:
    """Who listens on a TCP port, as "process 123 (its command line)".

    Only root sees other users' processes.
    """
    links = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for pid in _pids():
        try:
            if any(
                os.readlink(entry) in links
                for entry in Path(f"/proc/{pid}/fd").iterdir()
            ):
                words = (
                    Path(f"/proc/{pid}/cmdline")
                    .read_bytes()
                    .replace(b"\0", b" ")
                    .decode(errors="replace")
                )
                return f"process {pid} ({words.strip()[:100]})"
        except OSError:  # gone meanwhile, or somebody else's
            continue
    return "another program"


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, rows):
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _marked(mark: bytes) -> Iterator[int]:
    for pid in _pids():
        try:
            if pid != os.getpid() and mark in Path(
                f"/proc/{pid}/environ"
            ).read_bytes().split(b"\0"):
                yield pid
        except OSError:  # gone meanwhile, or somebody else's
            continue


def _pids() -> Iterator[int]:
    try:
        yield from (int(name) for name in os.listdir("/proc") if name.isdigit())
    except OSError:  # no /proc: then nothing is found
        return


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)

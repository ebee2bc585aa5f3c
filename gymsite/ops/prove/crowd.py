"""Many client processes at once; their answers are noted as they come."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue

from django.conf import settings

from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.rig import processes
from gymsite.ops.rig.errors import ToolError
from gymsite.ops.rig.load import Address

PROCESSES = 4
CONNECTIONS = 8  # of each process
Line = str | None  # None: a process has ended


def fight(
    address: Address,
    attempts: Sequence[Attempt],
    *,
    after: int = 0,
    then: Callable[[], None] | None = None,
) -> None:
    """Send all attempts from several processes and note every answer.

    Call ``then`` once ``after`` answers are there.

    Raises ToolError when a client process fails.
    """
    lines: SimpleQueue[Line] = SimpleQueue()
    clients = [_client(address, attempts, turn) for turn in range(PROCESSES)]
    readers = [
        threading.Thread(target=_read, args=(client, lines), daemon=True)
        for client in clients
    ]
    try:
        for reader in readers:
            reader.start()
        for client, turn in zip(clients, range(PROCESSES), strict=True):
            _feed(client, address, attempts, turn)
        _note(attempts, lines, after, then)
    finally:
        processes.end(clients, patience=1.0)
    if failed := [client.returncode for client in clients if client.returncode]:
        raise ToolError(f"A client process ended: {processes.how_it_ended(failed[0])}.")


def _client(
    address: Address, attempts: Sequence[Attempt], turn: int
) -> subprocess.Popen:
    command = [sys.executable, "-S", "-m", "gymsite.ops.prove.client"]
    return processes.start(
        command,
        {"PYTHONUNBUFFERED": "1"},
        settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _feed(
    client: subprocess.Popen, address: Address, attempts: Sequence[Attempt], turn: int
) -> None:
    """Neighbours go to different processes, so that those of one heat meet."""
    mine = [
        (number, list(attempts[number].requests))
        for number in range(turn, len(attempts), PROCESSES)
    ]
    plan = {
        "address": [address.host, address.port],
        "clients": CONNECTIONS,
        "attempts": mine,
    }
    assert client.stdin is not None
    with suppress(BrokenPipeError):  # its return code tells
        client.stdin.write(json.dumps(plan))
        client.stdin.close()


def _read(client: subprocess.Popen, lines: SimpleQueue[Line]) -> None:
    assert client.stdout is not None
    for line in client.stdout:
        lines.put(line)
    client.wait()
    lines.put(None)


def _note(
    attempts: Sequence[Attempt],
    lines: SimpleQueue[Line],
    after: int,
    then: Callable[[], None] | None,
) -> None:
    running, answers = PROCESSES, 0
    while running:
        line = lines.get()
        if line is None:
            running -= 1
            continue
        number, step, status, body = json.loads(line)
        attempts[number].note(step, status, body)
        answers += 1
        if then and answers >= after:
            then()
            then = None

"""What a run costs: CPU and memory of each part, and its connections."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from gymsite.ops.rig.usage import cpu_seconds, resident_memory
from gymsite.postgres.rows import fetch_from
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.loadtest", "usage")

DATABASE, SERVER = "database", "server (gunicorn)"


class Meter:
    """CPU seconds of changing processes: one that is gone keeps what it had used."""

    def __init__(self) -> None:
        self.before: dict[int, float] = {}
        self.last: dict[int, float] = {}

    def start(self, pids: Iterable[int]) -> None:
        """What these have used so far is not the run's."""
        self.before = {pid: cpu_seconds([pid]) for pid in pids}

    def look(self, pids: Iterable[int]) -> None:
        self.last |= {pid: used for pid in pids if (used := cpu_seconds([pid]))}

    @property
    def seconds(self) -> float:
        return sum(used - self.before.get(pid, 0.0) for pid, used in self.last.items())


@dataclass(slots=True)
class Connections:
    """How many connections each look found: open, at work, waiting for a lock."""

    open: list[int] = field(default_factory=list)
    active: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)

    def add(self, states: list[tuple[str, bool]]) -> None:
        self.open.append(len(states))
        self.active.append(sum(state == "active" for state, _ in states))
        self.waiting.append(sum(waits for _, waits in states))


class Watch(threading.Thread):
    """Samples until ``stop``.

    ``parts`` are {name: () -> pids}; the database's processes are found by ``connect``.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], psycopg.Connection],
        parts: Mapping[str, Callable[[], list[int]]],
    ) -> None:
        super().__init__(daemon=True)
        self.database, self.parts = name, parts
        self.connection = connect()
        self.connections = Connections()
        self.meters = {part: Meter() for part in (*parts, DATABASE)}
        # MB, the most that one process of the part held
        self.memory: dict[str, float] = {}
        self.over = threading.Event()
        self.failure: Exception | None = None
        self.began, self.busy_before = time.perf_counter(), busy()
        for part, pids in self._pids().items():
            self.meters[part].start(pids)

    def _pids(self) -> dict[str, list[int]]:
        rows = fetch_from(self.connection, SQL.processes, {"name": self.database})
        self.connections.add([(row.state, row.waits) for row in rows if row.counts])
        return {part: pids() for part, pids in self.parts.items()} | {
            DATABASE: [row.pid for row in rows]
        }

    def look(self) -> None:
        for part, pids in self._pids().items():
            self.meters[part].look(pids)
            held = max((resident_memory(pid) for pid in pids), default=0.0)
            if part != DATABASE:  # its processes share most of what they hold
                self.memory[part] = max(self.memory.get(part, 0.0), held)

    def run(self) -> None:
        try:
            while not self.over.wait(0.5):
                self.look()
        except Exception as error:  # told by stop(), to whoever waits for the figures
            self.failure = error

    def stop(self) -> "Usage":
        """The figures; raises what broke the watch."""
        self.over.set()
        self.join()
        if self.failure:
            raise self.failure
        self.look()
        wall = time.perf_counter() - self.began
        (most,) = fetch_from(self.connection, "SHOW max_connections")
        self.connection.close()
        busy_now = busy()
        machine = (busy_now[0] - self.busy_before[0]) / max(
            busy_now[1] - self.busy_before[1], 1e-9
        )
        return Usage(
            seconds=wall,
            cpu={
                part: meter.seconds / wall
                for part, meter in self.meters.items()
                if meter.last
            },
            machine=machine,
            memory={part: held for part, held in self.memory.items() if held},
            connections={
                "open": max(self.connections.open),
                "active": max(self.connections.active),
                "waiting": max(self.connections.waiting),
                "allowed": int(most.max_connections),
                "samples": len(self.connections.open),
            },
        )


@dataclass(slots=True)
class Usage:
    """``cpu`` is in cores by part; ``machine`` is the share of all cores that was busy.

    1.0 is one core all the time; others' work counts in ``machine``. ``memory`` in MB
    of the largest process of a part; ``connections`` are the most at a look.
    """

    seconds: float
    cpu: dict[str, float]
    machine: float
    memory: dict[str, float]
    connections: dict[str, int]


def busy() -> tuple[float, float]:
    """Ticks that the cores have worked and have had; zeros without /proc."""
    try:
        ticks = [
            int(field)
            for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
        ]
    except OSError:
        return 0.0, 0.0
    idle = ticks[3] + ticks[4]
    return float(sum(ticks) - idle), float(sum(ticks))

"""A closed-loop HTTP client in a process of its own.

``python -m gymsite.ops.rig.client`` reads a plan from stdin.

It shares the machine with the server, so it does as little as can be: ready-made bytes,
one connection a request (as a sync worker wants it), one thread over all connections,
no parsing beyond the status and the length. It imports nothing of Django. The plan and
the answer are JSON:

plan    address: [host, port] · clients: how many requests are in flight
        seconds: when to stop, or null · expected: [status, ...]
        items: what to send, each a list of requests; the next of a list is sent only
        after a 409 · repeat: whether to begin again at the end of the items
answer  latencies: microseconds an item · requests · statuses: {status: count}
        odd: {status: first body}
        wall, cpu: seconds of this process
"""

import contextlib
import json
import resource
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import Any

PATIENCE = 60.0  # seconds without any answer before giving up
CONFLICT = 409


class Exchange:
    """One item on its way: its requests, and what came back of the one in flight."""

    __slots__ = (
        "began",
        "connection",
        "parts",
        "received",
        "requests",
        "step",
        "total",
    )

    def __init__(self, requests: list[bytes]) -> None:
        self.requests = requests
        self.step = 0
        self.began = time.perf_counter()

    def send(self, address: tuple[str, int]) -> socket.socket:
        self.parts: list[bytes] = []
        self.received = 0
        self.total: int | None = None
        self.connection = socket.create_connection(address, PATIENCE)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.sendall(self.requests[self.step])
        return self.connection

    def receive(self) -> bool:
        """Take what is there; whether the answer is whole."""
        try:
            part = self.connection.recv(262_144)
        except ConnectionResetError:
            part = b""
        if not part:
            return True
        self.parts.append(part)
        self.received += len(part)
        if self.total is None:
            self.total = whole_length(b"".join(self.parts))
        return self.total is not None and self.received >= self.total

    @property
    def status(self) -> int:
        """The HTTP status; 0 where the connection broke before the answer was whole."""
        head = self.parts[0] if self.parts else b""
        broken = not head.startswith(b"HTTP/1.") or (
            self.total is not None and self.received < self.total
        )
        return 0 if broken else int(head[9:12])


def whole_length(start: bytes) -> int | None:
    """The bytes of an answer with its head, as far as its beginning tells."""
    end = start.find(b"\r\n\r\n")
    if end < 0:
        return None
    for line in start[:end].split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return end + 4 + int(value)
    return None


class Load:
    """Keeps ``clients`` items in flight until there are none left or the time is up."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.address = (plan["address"][0], plan["address"][1])
        self.clients = plan["clients"]
        self.seconds = plan["seconds"]
        self.expected = set(plan["expected"])
        items = [
            [request.encode("latin-1") for request in item] for item in plan["items"]
        ]
        self.items: Iterator[list[bytes]] = (
            cycle(items) if plan["repeat"] else iter(items)
        )
        self.latencies: list[int] = []
        self.statuses: Counter[int] = Counter()
        self.odd: dict[int, str] = {}
        self.selector = selectors.DefaultSelector()

    def run(self) -> dict[str, Any]:
        began, busy = time.perf_counter(), cpu_seconds()
        self.until = began + self.seconds if self.seconds else float("inf")
        in_flight = sum(self.start_next() for _ in range(self.clients))
        while in_flight:
            ready = self.selector.select(PATIENCE)
            if not ready:
                raise SystemExit(f"No answer from {self.address} in {PATIENCE:.0f} s")
            in_flight -= sum(
                self.went_idle(key.data) for key, _ in ready if key.data.receive()
            )
        return {
            "latencies": self.latencies,
            "requests": sum(self.statuses.values()),
            "statuses": self.statuses,
            "odd": self.odd,
            "wall": time.perf_counter() - began,
            "cpu": cpu_seconds() - busy,
        }

    def start_next(self) -> bool:
        if (
            time.perf_counter() >= self.until
            or (item := next(self.items, None)) is None
        ):
            return False
        self.post(Exchange(item))
        return True

    def post(self, exchange: Exchange) -> None:
        self.selector.register(
            exchange.send(self.address), selectors.EVENT_READ, exchange
        )

    def went_idle(self, exchange: Exchange) -> bool:
        """Note an answer, send what is next; whether nothing is left to do."""
        self.selector.unregister(exchange.connection)
        exchange.connection.close()
        status = exchange.status
        self.statuses[status] += 1
        if status not in self.expected:
            self.odd.setdefault(
                status, b"".join(exchange.parts).decode("latin-1")[:2000]
            )
        exchange.step += 1
        if status == CONFLICT and exchange.step < len(exchange.requests):
            self.post(exchange)
            return False
        self.latencies.append(round((time.perf_counter() - exchange.began) * 1e6))
        return not self.start_next()


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    plan = json.load(sys.stdin)
    with contextlib.suppress(KeyboardInterrupt):
        json.dump(Load(plan).run(), sys.stdout)


if __name__ == "__main__":
    main()

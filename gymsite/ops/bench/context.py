"""What every group of the bench is given."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gymsite.ops.reporting.command import Say
from gymsite.ops.rig import load
from gymsite.ops.rig.databases import Databases
from gymsite.ops.rig.people import People
from gymsite.ops.rig.server import Server


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is measured: rounds, seconds a load, requests a round and for memory."""

    rounds: int
    seconds: float
    requests: int
    memory_requests: int
    warm_up: int

    @classmethod
    def full(cls, rounds: int) -> "Pace":
        return cls(
            rounds=rounds, seconds=3.0, requests=60, memory_requests=10_000, warm_up=40
        )

    @classmethod
    def quick(cls) -> "Pace":
        return cls(rounds=1, seconds=0.5, requests=5, memory_requests=200, warm_up=6)


@dataclass(frozen=True, slots=True)
class Context:
    """The running server, the people who ask, and how the figures are described;
    ``env`` is what the server runs with."""

    server: Server
    people: People
    databases: Databases
    pace: Pace
    now: datetime
    sizes: dict[str, int]
    judged: bool
    env: dict[str, str]
    say: Say

    @property
    def address(self) -> load.Address:
        return self.server.address

    def send(self, items: Iterable[load.Item], **how: Any) -> load.Load:
        """``load.run`` on the server, with the CPU that its workers used for it."""
        before = self.server.cpu_seconds()
        done = load.run(self.address, items, **how)
        return replace(done, worker_cpu=self.server.cpu_seconds() - before)

    def data(self, *tables: str) -> str:
        """``50,000 users, 338,000 bookings``: the size of what a row works on."""
        return ", ".join(f"{self.sizes[table]:,} {NAMES[table]}" for table in tables)

    def verdict(self, held: bool) -> bool | None:
        """Whether a target is met; None at a size that targets are not set for."""
        return held if self.judged else None


NAMES = {
    "user": "users",
    "booking": "bookings",
    "checkin": "check-ins",
    "classsession": "sessions",
    "waitlistentry": "waitlist entries",
    "trainer": "trainers",
    "appointment": "appointments",
    "product": "products",
    "cart": "carts",
    "cartitem": "cart items",
    "order": "orders",
    "review": "reviews",
    "stockentry": "stock entries",
}

"""Rivals in a process of their own, by a plan from stdin, with answers to stdout.

It keeps so many attempts in flight, a connection for each request, and writes a line
the moment an answer is whole, so that what a client was told is known even if
everything else is killed next. It imports nothing of Django.

plan    address: [host, port] · clients: how many attempts are in flight
        attempts: [[number, [request, ...]], ...]; the next request of an attempt is
        sent only after a 409
answer  [number, step, status, body], a line each; status 0 where the connection broke
before the answer was whole
"""

import json
import selectors
import sys
from collections import deque
from typing import Any

from gymsite.ops.rig.client import CONFLICT, Exchange

PATIENCE = 30.0  # seconds without any answer, after which whoever is in flight has none


class Attempt(Exchange):
    """One rival's requests."""

    __slots__ = ("number",)

    def __init__(self, number: int, requests: list[bytes]) -> None:
        super().__init__(requests)
        self.number = number

    @property
    def body(self) -> str:
        return b"".join(self.parts).partition(b"\r\n\r\n")[2].decode(errors="replace")


class Rivals:
    """Sends every attempt of a plan once."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.address = (plan["address"][0], plan["address"][1])
        self.clients = plan["clients"]
        self.waiting = deque(
            Attempt(number, [request.encode("latin-1") for request in requests])
            for number, requests in plan["attempts"]
        )
        self.selector = selectors.DefaultSelector()

    def run(self) -> None:
        while self.waiting or self.selector.get_map():
            while self.waiting and len(self.selector.get_map()) < self.clients:
                self.post(self.waiting.popleft())
            ready = [key.data for key, _ in self.selector.select(PATIENCE)]
            for attempt in ready:
                if attempt.receive():
                    self.answered(attempt)
            if not ready:
                for key in list(self.selector.get_map().values()):
                    self.give_up(key.data)

    def post(self, attempt: Attempt) -> None:
        try:
            self.selector.register(
                attempt.send(self.address), selectors.EVENT_READ, attempt
            )
        except OSError:  # it was accepted by a process that is killed just now
            self.tell(attempt, 0)

    def answered(self, attempt: Attempt) -> None:
        self.selector.unregister(attempt.connection)
        attempt.connection.close()
        status = attempt.status
        self.tell(attempt, status)
        attempt.step += 1
        if status == CONFLICT and attempt.step < len(attempt.requests):
            self.post(attempt)

    def give_up(self, attempt: Attempt) -> None:
        self.selector.unregister(attempt.connection)
        attempt.connection.close()
        self.tell(attempt, 0)

    def tell(self, attempt: Attempt, status: int) -> None:
        json.dump(
            [attempt.number, attempt.step, status, attempt.body if status else ""],
            sys.stdout,
        )
        sys.stdout.write("\n")
        sys.stdout.flush()


def main() -> None:
    Rivals(json.load(sys.stdin)).run()


if __name__ == "__main__":
    main()

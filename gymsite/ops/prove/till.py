"""Prove's provider behind a socket: its books outlive every process that asks.

It lives in prove's own process, which nothing kills. The site's processes, and the
sweep's, have a ``Till`` for a gateway: a connection for each call, a line of JSON there
and one back. A connection that ends without a line is a network that lost the answer.
"""

import json
import os
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from socket import create_connection
from typing import Any

from gymsite.ops.prove.provider import SECRET, Killed, NoNetwork, Provider
from gymsite.payments.gateways import (
    GATEWAYS,
    Charge,
    Gateway,
    Outcome,
    ProviderEvent,
    signed_events,
)

ADDRESS = "PROVE_PROVIDER"  # host:port, in the environment of whom prove starts
PATIENCE = 10.0  # seconds that a caller waits for an answer
SLOW = "slow"  # the card whose money is taken some time before the answer
SLOWNESS = 0.15  # seconds


class Till:
    """A gateway that asks the provider at the address in the environment."""

    def __init__(self) -> None:
        host, _, port = os.environ[ADDRESS].partition(":")
        self._address = (host, int(port))

    def charge(self, **asked: Any) -> Charge:
        return _charge(self._ask("charge", asked))

    def look_up(self, **asked: Any) -> Charge:
        return _charge(self._ask("look_up", asked))

    def refund(self, **asked: Any) -> None:
        self._ask("refund", asked)

    def read_event(
        self, *, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> ProviderEvent:
        return signed_events.read(body, headers, secrets=[SECRET], now=now)

    def _ask(self, what: str, asked: dict[str, Any]) -> dict[str, str]:
        with create_connection(self._address, PATIENCE) as connection:
            connection.sendall(json.dumps([what, asked]).encode() + b"\n")
            line = connection.makefile().readline()
        if not line:
            raise NoNetwork
        return json.loads(line)


def _charge(answer: dict[str, str]) -> Charge:
    return Charge(Outcome(answer["outcome"]), answer["reference"])


class Clerk:
    """Lets one call after the other at the provider.

    ``after`` is called once so many calls have come, before the last of them is
    answered.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider, self._one = provider, threading.Lock()
        self._calls, self._after = 0, 0
        self._then: Callable[[], None] = lambda: None

    def call_back(self, after: int, then: Callable[[], None]) -> None:
        with self._one:
            self._calls, self._after, self._then = 0, after, then

    def answer(self, what: str, asked: dict[str, Any]) -> dict[str, str]:
        """Raises NoNetwork or Killed where there is no answer."""
        with self._one:
            try:
                charge = getattr(self._provider, what)(**asked)
            finally:
                self._calls += 1
                if self._calls == self._after:
                    self._then()
        if asked.get("source") == SLOW:
            time.sleep(SLOWNESS)
        return (
            {"outcome": charge.outcome.value, "reference": charge.reference}
            if charge
            else {}
        )


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 256
    clerk: Clerk


class _Call(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        line = self.rfile.readline()
        if not line:  # its caller was killed
            return
        try:
            answer = self.server.clerk.answer(*json.loads(line))
            self.wfile.write(json.dumps(answer).encode() + b"\n")
        except (NoNetwork, Killed, OSError):
            return


@contextmanager
def open_for_business(provider: Provider) -> Iterator[Clerk]:
    """Within it the provider answers at an address that stands in the environment."""
    with _Server(("127.0.0.1", 0), _Call) as server:
        server.clerk = Clerk(provider)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        os.environ[ADDRESS] = "{}:{}".format(*server.server_address)
        try:
            with paying_with(Till()):
                yield server.clerk
        finally:
            del os.environ[ADDRESS]
            server.shutdown()


@contextmanager
def paying_with(gateway: Gateway) -> Iterator[None]:
    """Within it cards are paid there."""
    before = GATEWAYS.get("card")
    GATEWAYS["card"] = gateway
    try:
        yield
    finally:
        if before is None:
            del GATEWAYS["card"]
        else:
            GATEWAYS["card"] = before

"""A card for demo, development and tests: it pays or declines, and moves no money."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from gymsite.payments.gateways import signed_events
from gymsite.payments.gateways.protocol import Charge, Outcome, ProviderEvent

DECLINES = "test_declines"


class TestCardGateway:
    """``secrets`` are those that its webhooks are signed with; without one it has
    none."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = signed_events.secrets_of(secrets)

    def charge(self, *, key: str, source: str = "", **asked: Any) -> Charge:
        if source == DECLINES:
            return Charge(Outcome.DECLINED)
        # of the key alone: a repeated call is the same charge, as with a real provider
        digest = hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
        return Charge(Outcome.PAID, f"test_{digest}")

    def look_up(self, **asked: Any) -> Charge:
        """It keeps no books: whatever nobody came back for was never taken."""
        return Charge(Outcome.UNKNOWN)

    def refund(self, **asked: Any) -> None:
        """Nothing was taken, so nothing moves."""

    def read_event(
        self, *, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> ProviderEvent:
        return signed_events.read(body, headers, secrets=self._secrets, now=now)

"""What a provider has to offer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from gymsite.core.errors import NotFound


class Outcome(Enum):
    PAID = "paid"
    PENDING = "pending"
    DECLINED = "declined"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Charge:
    """What came of asking for money; ``reference`` is the gateway's own name for it."""

    outcome: Outcome
    reference: str = ""

    @property
    def is_paid(self) -> bool:
        return self.outcome is Outcome.PAID

    @property
    def is_declined(self) -> bool:
        return self.outcome is Outcome.DECLINED

    @property
    def is_unknown(self) -> bool:
        return self.outcome is Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """What a provider told by itself of the charge with ``key``.

    ``id`` is the same however often it tells it; ``charge`` is None for a ``kind`` that
    says nothing of what became of it. Of a paid one ``amount_minor`` and ``currency``
    are what it took; where ``is_refund`` they are what it has given back of it in all.
    """

    id: str
    kind: str
    key: str
    charge: Charge | None
    amount_minor: int = 0
    currency: str = ""
    is_refund: bool = False


class Gateway(Protocol):
    """All amounts are minor units; with one ``key`` money moves once.

    Each is a network, and never called inside a transaction; each may raise whatever
    its network does.
    """

    def charge(
        self,
        *,
        amount_minor: int,
        currency: str,
        member_id: int,
        key: str,
        source: str = "",
    ) -> Charge:
        """Ask for an amount from ``source`` (a card's token)."""

    def look_up(self, *, key: str) -> Charge:
        """What became of the charge with this key.

        UNKNOWN: the provider has not heard of it, which does not say that no request is
        on its way.
        """

    def refund(
        self, *, reference: str, amount_minor: int, currency: str, key: str
    ) -> None:
        """Return part or all of what the charge ``reference`` took."""

    def read_event(
        self, *, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> ProviderEvent:
        """The event of a request to our webhook, once its signature was verified.

        Raises NotFound where the provider tells nothing by itself, BadSignature (of
        another, or more than five minutes off), Invalid.
        """


class TellsNothing:
    """What a gateway has whose provider tells nothing by itself."""

    def read_event(
        self, *, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> ProviderEvent:
        raise NotFound("This gateway sends no webhooks.")

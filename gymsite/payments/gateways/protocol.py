"""What a provider has to offer."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


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

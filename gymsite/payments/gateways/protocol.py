from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Outcome(Enum):
    PAID = "paid"
    PENDING = "pending"
    DECLINED = "declined"


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


class Gateway(Protocol):
    """All amounts are minor units. ``key`` makes a repeated call the same one: asked twice, money moves once."""

    def charge(self, *, amount_minor: int, currency: str, member_id: int, key: str = "", source: str = "") -> Charge:
        """Ask for an amount from ``source`` (a card's token). Never called inside a transaction: it is a network."""

    def give_back(self, *, reference: str, amount_minor: int, currency: str, key: str) -> None:
        """Return part or all of what the charge ``reference`` took."""

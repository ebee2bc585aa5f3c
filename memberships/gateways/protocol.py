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


class Gateway(Protocol):
    def charge(self, *, amount_minor: int, currency: str, member_id: int) -> Charge:
        """Ask for an amount. Called before the transaction that records it, as gateways are networks."""

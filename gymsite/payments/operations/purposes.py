"""What payments are for. Each app that sells registers how its own are settled."""

from datetime import datetime
from typing import Any, Protocol

from gymsite.payments.models import Payment


class Purpose(Protocol):
    """How one kind of thing is bought, all inside the caller's transaction."""

    def hold(self, payment_id: int) -> Payment:
        """Lock what is bought, then its payment (docs/locks.md); the payment."""

    def settle(self, payment: Payment, now: datetime) -> Any:
        """Judge again, write the thing and return it; a refusal returns the money."""

    def let_go(self, payment: Payment, now: datetime) -> None:
        """Nothing will come of this payment, which was open until now: free what waited
        for it, or ask for it in another way."""

    def found(self, payment: Payment) -> Any:
        """What this paid payment has bought."""


_PURPOSES: dict[str, Purpose] = {}


def register(name: str, purpose: Purpose) -> None:
    """Say how payments for ``name`` are settled; from AppConfig.ready."""
    _PURPOSES[name] = purpose


def purpose_of(payment: Payment) -> Purpose:
    return _PURPOSES[payment.purpose]

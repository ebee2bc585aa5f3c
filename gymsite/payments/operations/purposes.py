"""What payments are for. Each app that sells says how its payments are settled;
payments know none of them."""

from datetime import datetime
from typing import Any, Protocol

from gymsite.payments.models import Payment


class Purpose(Protocol):
    """How one kind of thing is bought. All four run inside the transaction of whoever
    calls them."""

    def hold(self, payment_id: int) -> Payment:
        """Lock what is bought, then its payment, in the written order (docs/locks.md);
        the payment as it is then."""

    def settle(self, payment: Payment, now: datetime) -> Any:
        """The money is there: judge again, write the thing and return it. A refusal
        gives the money back."""

    def let_go(self, payment: Payment, now: datetime) -> None:
        """Nothing will come of this open payment: free what waited for it."""

    def found(self, payment: Payment) -> Any:
        """What this paid payment has bought."""


_PURPOSES: dict[str, Purpose] = {}


def register(name: str, purpose: Purpose) -> None:
    """Say how payments for ``name`` are settled; from AppConfig.ready."""
    _PURPOSES[name] = purpose


def purpose_of(payment: Payment) -> Purpose:
    return _PURPOSES[payment.purpose]

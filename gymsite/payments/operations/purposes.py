"""What payments are for. Each app that sells registers how its own are settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from gymsite.core.errors import DomainError
from gymsite.payments.models import Payment
from gymsite.payments.queries.bought import Bought, kind_of


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What went back of a paid payment, in its minor units; nobody did it where the
    provider gave it back by itself."""

    amount_minor: int
    actor_id: int | None = None
    reason: str = ""


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

    def bought(self, payments: Sequence[Payment]) -> dict[int, Bought]:
        """What each of these payments is for, by its key, in one query; those that
        bought nothing may be left out."""

    def refundable(self, payment: Payment, amount_minor: int) -> DomainError | None:
        """Why so much of what is left of a paid payment should not go back."""

    def gave_back(self, payment: Payment, back: GivenBack, now: datetime) -> None:
        """Write what follows from it for the thing, and what its member is told of."""


_PURPOSES: dict[str, Purpose] = {}


def register(name: str, purpose: Purpose) -> None:
    """Say how payments for ``name`` are settled; from AppConfig.ready."""
    _PURPOSES[name] = purpose


def kinds() -> list[str]:
    """What can be paid for, as the API calls it."""
    return sorted(kind_of(name) for name in _PURPOSES)


def purpose_of(payment: Payment) -> Purpose:
    return _PURPOSES[payment.purpose]


def what_for(payments: Sequence[Payment]) -> dict[int, Bought]:
    """What each payment is for, by its key; one query a purpose."""
    found = {one.pk: Bought(_kind_in_words(one.purpose)) for one in payments}
    for name in {one.purpose for one in payments} & _PURPOSES.keys():
        of_purpose = [one for one in payments if one.purpose == name]
        found |= _PURPOSES[name].bought(of_purpose)
    return found


def _kind_in_words(purpose: str) -> str:
    return purpose.replace("_", " ").capitalize()

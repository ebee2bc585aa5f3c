"""What payments are for, as the apps that sell tell it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gymsite.payments.models import Payment


@dataclass(frozen=True, slots=True)
class Bought:
    """What a payment is for, in words, and the reference that people say of it."""

    words: str
    reference: str | None = None


def kind_of(purpose: str) -> str:
    """What a payment's purpose is called in the API: ``late_fee``."""
    return purpose.replace(" ", "_")


def by_thing(
    payments: Sequence[Payment], things: dict[str, Bought]
) -> dict[int, Bought]:
    """What payments are for, by their keys, where the thing that each names is
    known."""
    return {one.pk: things[one.thing] for one in payments if one.thing in things}

"""Which ways to pay this site offers."""

from gymsite.payments.gateways import GATEWAYS
from gymsite.payments.gateways.test_card import DECLINES, TestCardGateway

TEST_CARD_DECLINES = DECLINES


def ways_to_pay() -> tuple[str, ...]:
    """The names of the gateways on offer."""
    return tuple(GATEWAYS)


def moves_no_money(gateway: str) -> bool:
    """Whether it only pretends, for the demo and for tests."""
    return isinstance(GATEWAYS.get(gateway), TestCardGateway)

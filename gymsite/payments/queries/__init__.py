"""What is read of payments and of the ways to pay; imports come from here."""

from gymsite.payments.queries.gateways import (
    TEST_CARD_DECLINES,
    moves_no_money,
    ways_to_pay,
)
from gymsite.payments.queries.refunds import what_is_left

__all__ = ["TEST_CARD_DECLINES", "moves_no_money", "ways_to_pay", "what_is_left"]

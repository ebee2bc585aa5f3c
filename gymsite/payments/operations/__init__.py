"""What the apps that sell something call."""

from gymsite.payments.gateways import Charge, Outcome
from gymsite.payments.operations.paying import LONGEST_PAYMENT, pay, resolve, sweep
from gymsite.payments.operations.payments import (
    DESK,
    begin,
    fail_payment,
    gateway_named,
    hold_payment,
    reverse_charge,
    take_payment,
)
from gymsite.payments.operations.purposes import (
    GivenBack,
    Purpose,
    kinds,
    purpose_of,
    register,
    what_for,
)
from gymsite.payments.operations.refunds import refund_payment

__all__ = [
    "DESK",
    "LONGEST_PAYMENT",
    "Charge",
    "GivenBack",
    "Outcome",
    "Purpose",
    "begin",
    "fail_payment",
    "gateway_named",
    "hold_payment",
    "kinds",
    "pay",
    "purpose_of",
    "refund_payment",
    "register",
    "resolve",
    "reverse_charge",
    "sweep",
    "take_payment",
    "what_for",
]

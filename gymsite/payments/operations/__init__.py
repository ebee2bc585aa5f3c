"""What the apps that sell something call."""

from ..gateways import Charge, Outcome
from .paying import LONGEST_PAYMENT, pay, resolve, sweep
from .payments import (
    DESK,
    begin,
    fail_payment,
    gateway_named,
    hold_payment,
    reverse_charge,
    take_payment,
)
from .purposes import Purpose, purpose_of, register

__all__ = [
    "DESK",
    "LONGEST_PAYMENT",
    "Charge",
    "Outcome",
    "Purpose",
    "begin",
    "fail_payment",
    "gateway_named",
    "hold_payment",
    "pay",
    "purpose_of",
    "register",
    "resolve",
    "reverse_charge",
    "sweep",
    "take_payment",
]

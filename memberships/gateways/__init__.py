"""Ways to take money. A gateway turns a payment into a result; the operation writes what came of it."""

from .desk import DeskGateway
from .protocol import Charge, Gateway, Outcome

GATEWAYS: dict[str, Gateway] = {"desk": DeskGateway()}

__all__ = ["GATEWAYS", "Charge", "Gateway", "Outcome"]

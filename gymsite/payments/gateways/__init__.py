"""Ways to take money. A gateway gives a result; the operation writes it."""

from django.conf import settings

from gymsite.payments.gateways.desk import DeskGateway
from gymsite.payments.gateways.protocol import Charge, Gateway, Outcome, ProviderEvent
from gymsite.payments.gateways.test_card import TestCardGateway

GATEWAYS: dict[str, Gateway] = {"desk": DeskGateway()}
if settings.TEST_CARDS:
    GATEWAYS["card"] = TestCardGateway(settings.WEBHOOK_SECRETS)

__all__ = ["GATEWAYS", "Charge", "Gateway", "Outcome", "ProviderEvent"]

"""Rows of payments, the ledger and webhooks; imports come from here."""

from gymsite.payments.models.ledger import LedgerEntry
from gymsite.payments.models.payments import Payment
from gymsite.payments.models.webhooks import WebhookDelivery

__all__ = ["LedgerEntry", "Payment", "WebhookDelivery"]

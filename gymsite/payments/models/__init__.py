"""Rows of payments and the ledger; imports come from here."""

from gymsite.payments.models.ledger import LedgerEntry
from gymsite.payments.models.payments import Payment

__all__ = ["LedgerEntry", "Payment"]

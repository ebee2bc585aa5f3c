from .ledger import LedgerEntry
from .payments import Payment

__all__ = ["LedgerEntry", "Payment"]

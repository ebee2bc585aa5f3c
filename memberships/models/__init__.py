from .ledger import LedgerEntry
from .memberships import LIVE, Allowance, Membership
from .payments import Payment
from .plans import Plan

__all__ = ["LIVE", "Allowance", "LedgerEntry", "Membership", "Payment", "Plan"]

from .billing import BillingPeriod
from .memberships import LIVE, Allowance, Membership
from .plans import Plan

__all__ = ["LIVE", "Allowance", "BillingPeriod", "Membership", "Plan"]

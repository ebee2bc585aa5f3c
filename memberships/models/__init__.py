from .billing import BillingPeriod
from .memberships import LIVE, Allowance, Membership
from .plans import Plan
from .terms import Terms

__all__ = ["LIVE", "Allowance", "BillingPeriod", "Membership", "Plan", "Terms"]

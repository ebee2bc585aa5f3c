"""Rows of plans and memberships; imports come from here."""

from memberships.models.allowances import Allowance
from memberships.models.billing import BillingPeriod
from memberships.models.memberships import LIVE, Membership
from memberships.models.plans import Plan
from memberships.models.terms import Terms

__all__ = ["LIVE", "Allowance", "BillingPeriod", "Membership", "Plan", "Terms"]

"""The parts that every app's admin is made of.

Lists never count, edits never overwrite, and actions run operations.
"""

from gymsite.backoffice.actions import (
    Action,
    ActionForm,
    AmountForm,
    ReasonForm,
    by_status,
    calling,
    hanging,
    reason_for,
)
from gymsite.backoffice.branch_rows import BranchScoped, MemberSearched, Referenced
from gymsite.backoffice.exports import Exported, Harmless, month_filter
from gymsite.backoffice.lists import NamedField, branch_filter
from gymsite.backoffice.money import MoneyField
from gymsite.backoffice.options import BY_NAME, StaffAdmin, offer, offer_card

__all__ = [
    "BY_NAME",
    "Action",
    "ActionForm",
    "AmountForm",
    "BranchScoped",
    "Exported",
    "Harmless",
    "MemberSearched",
    "MoneyField",
    "NamedField",
    "ReasonForm",
    "Referenced",
    "StaffAdmin",
    "branch_filter",
    "by_status",
    "calling",
    "hanging",
    "month_filter",
    "offer",
    "offer_card",
    "reason_for",
]

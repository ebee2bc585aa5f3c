"""What every app's admin is made of: lists that never count, edits that never
overwrite, actions by operations."""

from .acts import Act, ActForm, ReasonForm, reason_for
from .exports import Exported, Harmless, month_filter
from .lists import NamedField, branch_filter
from .money import MoneyField
from .options import BY_NAME, BranchScoped, MemberSearched, StaffAdmin, offer

__all__ = [
    "BY_NAME",
    "Act",
    "ActForm",
    "BranchScoped",
    "Exported",
    "Harmless",
    "MemberSearched",
    "MoneyField",
    "NamedField",
    "ReasonForm",
    "StaffAdmin",
    "branch_filter",
    "month_filter",
    "offer",
    "reason_for",
]

"""What every app's admin is made of: lists that never count, edits that never overwrite, actions by operations."""

from .acts import Act, ActForm, ReasonForm, reason_for
from .lists import NamedField, branch_filter
from .options import BranchScoped, MemberSearched, StaffAdmin, offer

__all__ = [
    "Act",
    "ActForm",
    "BranchScoped",
    "MemberSearched",
    "NamedField",
    "ReasonForm",
    "StaffAdmin",
    "branch_filter",
    "offer",
    "reason_for",
]

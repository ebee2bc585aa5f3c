"""What is read of plans and memberships; imports come from here."""

from memberships.queries.entitlements import (
    entitlements,
    entitlements_of_today,
    read_entitlements,
)
from memberships.queries.memberships import base_of, of_member, on_sale
from memberships.rules import Entitlement, counted_until, included_classes

__all__ = [
    "Entitlement",
    "base_of",
    "counted_until",
    "entitlements",
    "entitlements_of_today",
    "included_classes",
    "of_member",
    "on_sale",
    "read_entitlements",
]

"""What is read of plans and memberships; imports come from here."""

from memberships.queries.entitlements import (
    appointment_packs,
    entitlements,
    entitlements_of_today,
    read_entitlements,
)
from memberships.queries.memberships import base_of, of_member, on_sale
from memberships.rules import (
    AppointmentPack,
    Entitlement,
    counted_until,
    included_classes,
)

__all__ = [
    "AppointmentPack",
    "Entitlement",
    "appointment_packs",
    "base_of",
    "counted_until",
    "entitlements",
    "entitlements_of_today",
    "included_classes",
    "of_member",
    "on_sale",
    "read_entitlements",
]

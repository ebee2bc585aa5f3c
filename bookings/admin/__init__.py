"""The staff's pages of classes and bookings."""

from bookings.admin import (
    appointments,
    availability,
    bookings,
    branch_actions,
    checkins,
    client_notes,
    member_actions,
    policies,
    rooms,
    services,
    sessions,
    trainers,
)

__all__ = [
    "appointments",
    "availability",
    "bookings",
    "branch_actions",
    "checkins",
    "client_notes",
    "member_actions",
    "policies",
    "rooms",
    "services",
    "sessions",
    "trainers",
]

"""The staff's pages of classes and bookings."""

from bookings.admin import (
    bookings,
    branch_actions,
    checkins,
    member_actions,
    policies,
    rooms,
    sessions,
    trainers,
)

__all__ = [
    "bookings",
    "branch_actions",
    "checkins",
    "member_actions",
    "policies",
    "rooms",
    "sessions",
    "trainers",
]

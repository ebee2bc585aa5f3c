"""What is read of plans and memberships; imports come from here."""

from memberships.queries.covers import covers, covers_of_today, read_covers
from memberships.queries.memberships import base_of, of_member, on_sale
from memberships.rules import Cover, counted_until, included_classes

__all__ = [
    "Cover",
    "base_of",
    "counted_until",
    "covers",
    "covers_of_today",
    "included_classes",
    "of_member",
    "on_sale",
    "read_covers",
]

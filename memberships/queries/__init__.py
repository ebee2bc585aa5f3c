from ..rules import Cover, counted_until
from .covers import COVERS, UNPAID, covers, covers_of_today, read_covers
from .memberships import base_of, of_member, on_sale

__all__ = [
    "COVERS",
    "UNPAID",
    "Cover",
    "base_of",
    "counted_until",
    "covers",
    "covers_of_today",
    "of_member",
    "on_sale",
    "read_covers",
]

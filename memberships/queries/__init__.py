from ..rules import Cover, counted_until, included_classes
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
    "included_classes",
    "of_member",
    "on_sale",
    "read_covers",
]

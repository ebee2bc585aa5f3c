from ..rules import Cover, counted_until
from .covers import COVERS, covers, read_covers
from .memberships import base_of, of_member, on_sale

__all__ = ["COVERS", "Cover", "base_of", "counted_until", "covers", "of_member", "on_sale", "read_covers"]

"""Every check, in the order of the report. A new one is a module here and its name in the list."""

from ..model import Check
from . import (
    duplicate_indexes,
    foreign_keys,
    index_use,
    invalid_indexes,
    overlapping_indexes,
    unused_indexes,
)

CHECKS: tuple[Check, ...] = (
    index_use.CHECK,
    unused_indexes.CHECK,
    duplicate_indexes.CHECK,
    overlapping_indexes.CHECK,
    invalid_indexes.CHECK,
    foreign_keys.CHECK,
)

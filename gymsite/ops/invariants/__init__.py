"""Every invariant as one SQL statement that must return no row; each row it does return is one that breaks it.

Names of tables stand without a schema, so that the same statements check a copy that is not yet published.
"""

from typing import Any

from django.db import connection

from . import bookings, catalog, core, memberships, payments, stock
from .invariant import Invariant

INVARIANTS = (
    *core.INVARIANTS,
    *bookings.INVARIANTS,
    *memberships.INVARIANTS,
    *payments.INVARIANTS,
    *catalog.INVARIANTS,
    *stock.INVARIANTS,
)


def breaking(invariant: Invariant, count: int = 10) -> list[tuple[Any, ...]]:
    """The first ``count`` rows that break it."""
    with connection.cursor() as cursor:
        cursor.execute(invariant.sample(count))
        return cursor.fetchall()


__all__ = ["INVARIANTS", "Invariant", "breaking"]

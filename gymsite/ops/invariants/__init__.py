"""Every invariant as one SQL statement, whose rows are what breaks it.

An app's own stand beside it; here are those of several apps, and all of them together.
Names of tables stand without a schema, so that the same statements check a copy that is
not yet published.
"""

from typing import Any

from django.db import connection

import bookings.invariants
import catalog.invariants
import gymsite.core.invariants
import memberships.invariants
from gymsite.ops.invariants import across
from gymsite.postgres.invariant import Invariant

INVARIANTS = (
    *gymsite.core.invariants.INVARIANTS,
    *bookings.invariants.INVARIANTS,
    *memberships.invariants.INVARIANTS,
    *catalog.invariants.INVARIANTS,
    *across.INVARIANTS,
)


def breaking(invariant: Invariant, count: int = 10) -> list[tuple[Any, ...]]:
    """The first ``count`` rows that break it."""
    with connection.cursor() as cursor:
        cursor.execute(invariant.sample(count))
        return cursor.fetchall()


__all__ = ["INVARIANTS", "Invariant", "breaking"]

"""The charts of the staff's start page; each app draws its own in ``dashboard.py``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bookings import dashboard as bookings
from gymsite.core.models import Branch
from gymsite.web.fragments import MEGABYTE, Fragments

KEPT = 300  # seconds
FRAGMENTS = Fragments("charts", most_bytes=4 * MEGABYTE)


def charts(branches: Sequence[Branch], now: datetime) -> dict[str, Any]:
    """The charts of these branches, and the time that they show.

    They are at most KEPT seconds old in each process.
    """
    key = (now.timestamp() // KEPT, tuple(branch.pk for branch in branches))
    return FRAGMENTS.get_or_draw(
        key, lambda: {"as_of": now, "charts": bookings.charts(branches, now)}
    )

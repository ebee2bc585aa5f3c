"""The parts of the staff's start page: queues of work and charts.

Each app has its own in ``dashboard.py``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from gymsite.core.models import Branch

Rows = Callable[[Sequence[Branch], datetime], QuerySet]


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows that wait for somebody.

    ``model`` names the list, and the permission that seeing it takes.
    """

    label: str
    means: str
    model: str
    filters: dict[str, str]
    rows: Rows


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: the drawing, what it means, and the list behind its numbers.

    The drawing is "" where there is nothing to draw.
    """

    title: str
    means: str
    picture: SafeString
    url: str
    link: str

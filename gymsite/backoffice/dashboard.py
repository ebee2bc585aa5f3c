"""What the staff's start page is made of: queues of work and charts. Each app has its
own in ``dashboard.py``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from gymsite.core.models import Branch

Rows = Callable[[Sequence[Branch], datetime], QuerySet]


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows that wait for somebody. ``model`` names the list, and the permission that it
    takes to see it."""

    label: str
    means: str
    model: str
    filters: dict[str, str]
    rows: Rows


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn ("" where there is nothing to draw), what it means, and the list
    that the numbers come from."""

    title: str
    means: str
    picture: SafeString
    url: str
    link: str

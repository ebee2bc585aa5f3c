"""The work queue of the staff's start page.

It collects the queues that each app has in its ``dashboard.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode

from bookings import dashboard as bookings
from catalog import dashboard as catalog
from gymsite.backoffice.dashboard import Queue
from gymsite.core.models import Branch, User
from gymsite.notifications import dashboard as core
from gymsite.ops import dashboard as ops
from gymsite.payments import dashboard as payments
from memberships import dashboard as memberships

MOST = 100  # a tile counts no further, so that no queue can slow the page down
QUEUES = (
    *payments.QUEUES,
    *bookings.QUEUES,
    *memberships.QUEUES,
    *catalog.QUEUES,
    *core.QUEUES,
    *ops.QUEUES,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One queue on the page.

    It says how much there is (up to MOST), what that means, and which list it opens.
    """

    label: str
    means: str
    url: str
    count: int

    @property
    def shown(self) -> str:
        return f"{MOST - 1}+" if self.count >= MOST else str(self.count)


def branches_of(user: User) -> list[Branch]:
    """The branches that a member of staff sees: their own, or all for the owner."""
    rows = Branch.objects.filter(is_active=True)
    return list(
        rows if user.sees_all_branches else rows.filter(pk__in=[user.home_branch_id])
    )


def work_queue(branches: Sequence[Branch], user: User, now: datetime) -> list[Tile]:
    """The tiles that the person may open, each counted up to MOST by one query."""
    return [
        _tile(queue, branches, now) for queue in QUEUES if _may_see(user, queue.model)
    ]


def _may_see(user: User, model: str) -> bool:
    app, name = model.split(".")
    return user.has_perm(f"{app}.view_{name}")


def _tile(queue: Queue, branches: Sequence[Branch], now: datetime) -> Tile:
    rows = queue.rows(branches, now).order_by()
    address = reverse(f"admin:{queue.model.replace('.', '_')}_changelist")
    query = f"?{urlencode(queue.filters)}" if queue.filters else ""
    return Tile(
        queue.label, queue.means, address + query, len(rows.values_list("pk")[:MOST])
    )

"""What of memberships stands on the staff's start page."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from gymsite.backoffice.dashboard import Queue
from gymsite.core.models import Branch
from memberships.models import Membership


def _past_due(branches: Sequence[Branch], now: datetime) -> QuerySet:
    # memberships_of_branch
    return Membership.objects.filter(
        status=Membership.Status.PAST_DUE, branch__in=branches
    )


QUEUES = (
    Queue(
        "Memberships with a payment due",
        "Their members can't book until it is paid.",
        "memberships.membership",
        {"status__exact": "past_due"},
        _past_due,
    ),
)

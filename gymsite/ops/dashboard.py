"""What of the site itself stands on the staff's start page."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from gymsite.backoffice.dashboard import Queue
from gymsite.core.models import AnswerAlert, Branch


def _alerts(branches: Sequence[Branch], now: datetime) -> QuerySet:
    return AnswerAlert.objects.filter(over_at=None)  # core_answeralert_one_open


QUEUES = (
    Queue(
        "Slow or failing answers",
        "Figures of an hour that passed their bound, and are not good again yet.",
        "core.answeralert",
        {"over_at__isnull": "True"},
        _alerts,
    ),
)

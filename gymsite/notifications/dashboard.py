"""The mail and jobs that the staff's start page shows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from gymsite.backoffice.dashboard import Queue
from gymsite.core.models import Branch, Notification, Outbox, PutOff

LATE = timedelta(minutes=5)


def _mail_failed(branches: Sequence[Branch], now: datetime) -> QuerySet:
    # core_notification_failed
    return Notification.objects.filter(email_state="failed", branch__in=branches)


def _not_handed_out(branches: Sequence[Branch], now: datetime) -> QuerySet:
    return Outbox.objects.filter(Q(attempts__gt=0) | Q(due_at__lt=now - LATE))


def _put_off(branches: Sequence[Branch], now: datetime) -> QuerySet:
    return PutOff.objects.all()  # as many rows as failures: none on most days


QUEUES = (
    Queue(
        "Mails that failed",
        "Notices given up after five tries; they stand in the site.",
        "core.notification",
        {"email_state__exact": "failed"},
        _mail_failed,
    ),
    Queue(
        "Events not handed out",
        "Tried and failed, or waiting for over 5 minutes: is the job worker running?",
        "core.outbox",
        {},
        _not_handed_out,
    ),
    Queue(
        "Work put off",
        "Rows that a job could not finish; it tries each again, later each time.",
        "core.putoff",
        {},
        _put_off,
    ),
)

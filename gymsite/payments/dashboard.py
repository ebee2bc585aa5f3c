"""What of payments stands on the staff's start page."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from gymsite.backoffice.dashboard import Queue, Rows
from gymsite.core.models import Branch
from gymsite.payments.models import Payment, WebhookDelivery

MONTH = timedelta(days=30)


def _payments(status: str, *, since: timedelta | None = None, **others: str) -> Rows:
    def rows(branches: Sequence[Branch], now: datetime) -> QuerySet:
        # payments_payment_status
        found = Payment.objects.filter(status=status, branch__in=branches, **others)
        return found.filter(created_at__gte=now - since) if since else found

    return rows


def _differing(branches: Sequence[Branch], now: datetime) -> QuerySet:
    # payments_webhook_differs
    differing = WebhookDelivery.objects.filter(outcome="differs")
    return differing.filter(payment__branch__in=branches)


QUEUES = (
    Queue(
        "Payments to take",
        "Asked for at the desk and not paid yet.",
        "payments.payment",
        {"status__exact": "pending", "gateway__exact": "desk"},
        _payments("pending", gateway="desk"),
    ),
    Queue(
        "Failed payments",
        "Declined in the last 30 days.",
        "payments.payment",
        {"status__exact": "failed"},
        _payments("failed", since=MONTH),
    ),
    Queue(
        "Payments that differ",
        "The provider took something else than was asked for.",
        "payments.webhookdelivery",
        {"outcome__exact": "differs"},
        _differing,
    ),
)

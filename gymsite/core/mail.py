"""Notices by e-mail. Sending is a network, so it happens outside any transaction.

A crash between sending and noting it may repeat a mail; it never loses one.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Q, QuerySet

from .models import Notification
from .models.notifications import EmailState

log = logging.getLogger(__name__)
# How long after its notice each further try of a mail is; after the last one it is given up.
RETRIES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))


def send_due(*, limit: int, now: datetime) -> int:
    """Send up to ``limit`` notices that are due, oldest first, over one connection; how many were tried."""
    notices = list(_due(now).select_related("user").order_by("id")[:limit])
    connection = get_connection()
    if not notices or not _opens(connection):
        return 0
    try:
        for notice in notices:
            _send(notice, connection)
    finally:
        connection.close()
    return len(notices)


def is_due(*, now: datetime) -> bool:
    """Whether a mail is to be sent now."""
    return _due(now).exists()


def _due(now: datetime) -> QuerySet[Notification]:
    ripe = Q(email_attempts=0)
    for failed, wait in enumerate(RETRIES, start=1):
        ripe |= Q(email_attempts=failed, created_at__lte=now - wait)
    return Notification.objects.filter(ripe, email_state=EmailState.DUE)  # core_notification_email_due


def _opens(connection: BaseEmailBackend) -> bool:
    """Whether the mail server is there. While it is not, every mail stays due and none of its tries is spent."""
    try:
        connection.open()
    except Exception as exception:
        log.warning("The mail server can't be reached: %s", exception)
        return False
    return True


def _send(notice: Notification, connection: BaseEmailBackend) -> None:
    link = f"\n\n{settings.SITE_URL}{notice.url}" if notice.url else ""
    message = EmailMessage(
        notice.title, f"{notice.body}{link}", to=[notice.email_to or notice.user.email], connection=connection
    )
    try:
        message.send()
        notice.email_state = EmailState.SENT
    except Exception:
        log.exception("Mail of notification %s was not sent", notice.pk)
        notice.email_attempts += 1
        if notice.email_attempts > len(RETRIES):
            notice.email_state = EmailState.FAILED
    notice.save(update_fields=["email_state", "email_attempts"])

"""Notices by e-mail. Sending is a network, so it happens outside any transaction.

A crash between sending and noting it may repeat a mail; it never loses one.
"""

import logging

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from .models import Notification
from .models.notifications import EmailState

log = logging.getLogger(__name__)
TRIES = 5


def send_due(*, limit: int) -> int:
    """Send up to ``limit`` notices that are due, oldest first, over one connection; how many were tried."""
    due = Notification.objects.filter(email_state=EmailState.DUE).select_related("user").order_by("id")[:limit]
    notices = list(due)
    if notices:
        with get_connection() as connection:
            for notice in notices:
                _send(notice, connection)
    return len(notices)


def _send(notice: Notification, connection) -> None:
    link = f"\n\n{settings.SITE_URL}{notice.url}" if notice.url else ""
    message = EmailMessage(notice.title, f"{notice.body}{link}", to=[notice.user.email], connection=connection)
    try:
        message.send()
        notice.email_state = EmailState.SENT
    except Exception:
        log.exception("Mail of notification %s was not sent", notice.pk)
        notice.email_attempts += 1
        if notice.email_attempts >= TRIES:
            notice.email_state = EmailState.FAILED
    notice.save(update_fields=["email_state", "email_attempts"])

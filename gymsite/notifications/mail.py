"""Notices by e-mail; sending uses the network, so it happens outside any transaction.

A crash between sending a mail and noting it may repeat the mail (with its Message-ID,
so that readers can tell); it never loses one. Only what the server says against a mail
itself costs one of its tries: a connection that breaks is opened again, and "not now"
makes the mail wait.
"""

import logging
import smtplib
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum, auto

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import QuerySet

from gymsite.core.models import Brand, MailOptOut, Notification
from gymsite.core.models.notifications import EmailState
from gymsite.notifications import notice_kinds
from gymsite.notifications.mail_message import brand, notice_message

log = logging.getLogger(__name__)
# The time from a notice to each further try of a refused mail; after the last one the
# mail is given up.
RETRIES = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
LATER = timedelta(minutes=5)


class Answer(Enum):
    """What became of offering a mail to the server."""

    SENT = auto()
    REFUSED = auto()  # the mail's own fault
    NOT_NOW = auto()  # 4yz
    BROKEN = auto()  # the connection ended, or 421: nobody's fault
    AWAY = auto()  # and no new one could be opened


def send_due(*, limit: int, now: datetime) -> int:
    """Send up to ``limit`` notices that are due; return how many were dealt with.

    The notice that has waited longest goes first.
    """
    notices = list(
        _due(now).select_related("user").order_by("email_due_at", "id")[:limit]
    )
    muted = _muted(notices) if notices else set()
    wanted = [notice for notice in notices if _is_wanted(notice, muted, now)]
    return len(notices) - len(wanted) + (_send_all(wanted, now) if wanted else 0)


def is_due(*, now: datetime) -> bool:
    """Whether a mail is to be sent now."""
    return _due(now).exists()


def _due(now: datetime) -> QuerySet[Notification]:
    """The mails that are due, by index core_notification_mail_due."""
    return Notification.objects.filter(
        email_state=EmailState.DUE, email_due_at__lte=now
    )


def _muted(notices: list[Notification]) -> set[tuple[int, str]]:
    """(person, topic) of what the readers want no mail about."""
    people = {notice.user_id for notice in notices}
    return set(
        MailOptOut.objects.filter(user__in=people).values_list("user_id", "topic")
    )


def _is_wanted(
    notice: Notification, muted: set[tuple[int, str]], now: datetime
) -> bool:
    """Whether to send the mail; if not, the row notes that."""
    topic = notice_kinds.topic_of(notice.kind)
    if topic and (notice.user_id, topic.name) in muted:
        notice.email_state = EmailState.NONE
    elif not _still_holds(notice, now):
        notice.email_state = EmailState.LAPSED
    else:
        return True
    notice.save(update_fields=["email_state"])
    return False


def _still_holds(notice: Notification, now: datetime) -> bool:
    if notice.holds_until and notice.holds_until <= now:
        return False
    return notice_kinds.still_holds(
        notice.kind, subject_id=notice.subject_id, user_id=notice.user_id, now=now
    )


def _send_all(notices: list[Notification], now: datetime) -> int:
    """Offer mails over one connection; return how many were offered.

    The connection is opened anew when it breaks. The work ends early while the server
    is away, or closes on the same mail twice: the others stay due as they are.
    """
    connection, whose = get_connection(), brand()
    if not _opens(connection):
        return 0
    try:
        for number, notice in enumerate(notices):
            answer = _offer(notice, whose, connection)
            if answer is Answer.AWAY:
                return number
            _note(notice, answer, now)
            if answer is Answer.BROKEN:
                return number + 1
    finally:
        _close(connection)
    return len(notices)


def _offer(notice: Notification, whose: Brand, connection: BaseEmailBackend) -> Answer:
    """Offer a mail, a second time over a new connection if the first one breaks."""
    answer = _try(notice, whose, connection)
    if answer is not Answer.BROKEN:
        return answer
    _close(connection)
    return _try(notice, whose, connection) if _opens(connection) else Answer.AWAY


def _try(notice: Notification, whose: Brand, connection: BaseEmailBackend) -> Answer:
    try:
        mail = notice_message(notice, notice_kinds.topic_of(notice.kind), whose)
        mail.connection = connection
        mail.send()
    except Exception as exception:
        answer = _meaning(exception)
        log.warning(
            "Mail of notification %s: %s (%s)", notice.pk, answer.name, exception
        )
        return answer
    return Answer.SENT


def _meaning(exception: Exception) -> Answer:
    """What the server said (RFC 5321, 4.2.1), or what else went wrong."""
    code = _code(exception)
    if code is not None:
        if code == 421 or code < 400:
            return Answer.BROKEN
        return Answer.NOT_NOW if code < 500 else Answer.REFUSED
    if isinstance(exception, smtplib.SMTPServerDisconnected):
        return Answer.BROKEN
    # smtplib's own errors are OSErrors too: the others of them are about the mail
    if isinstance(exception, OSError) and not isinstance(
        exception, smtplib.SMTPException
    ):
        return Answer.BROKEN
    return Answer.REFUSED


def _code(exception: Exception) -> int | None:
    if isinstance(exception, smtplib.SMTPRecipientsRefused):
        return next(iter(exception.recipients.values()))[0]
    return (
        exception.smtp_code
        if isinstance(exception, smtplib.SMTPResponseException)
        else None
    )


def _note(notice: Notification, answer: Answer, now: datetime) -> None:
    if answer is Answer.SENT:
        notice.email_state = EmailState.SENT
    elif answer is Answer.REFUSED:
        notice.email_attempts += 1
        if notice.email_attempts > len(RETRIES):
            notice.email_state = EmailState.FAILED
        else:
            notice.email_due_at = max(
                now, notice.created_at + RETRIES[notice.email_attempts - 1]
            )
    else:
        notice.email_due_at = now + LATER
    notice.save(update_fields=["email_state", "email_attempts", "email_due_at"])


def _opens(connection: BaseEmailBackend) -> bool:
    """Whether the mail server is there.

    While it is not, every mail stays due and none of its tries is spent.
    """
    try:
        connection.open()
    except Exception as exception:
        log.warning("The mail server can't be reached: %s", exception)
        return False
    return True


def _close(connection: BaseEmailBackend) -> None:
    with suppress(Exception):  # a broken connection has nothing left to say
        connection.close()

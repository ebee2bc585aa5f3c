"""Telling people something, and noting that they read it."""

from datetime import datetime, timedelta

from django.db import transaction

from gymsite.core.models import MailOptOut, Notification
from gymsite.core.models.notifications import EmailState
from gymsite.notifications import notice_kinds

HOLDS = timedelta(days=3)


def notify(
    user_id: int,
    *,
    kind: str,
    title: str,
    body: str = "",
    url: str = "",
    at: datetime,
    branch_id: int | None = None,
    subject_id: int | None = None,
    until: datetime | None = None,
    to: str = "",
) -> Notification:
    """Leave a message for one person, on the site at once and by the next mail job.

    ``until`` is the moment from which the message is no longer true, at most three days
    after it; ``subject_id`` is what the kind's question before the mail leaves is
    about. ``to`` is an address other than the person's own: the one that they had until
    now.
    """
    return Notification.objects.create(
        user_id=user_id,
        branch_id=branch_id,
        kind=kind,
        title=title[:120],
        body=body[:500],
        url=url,
        email_to=to,
        subject_id=subject_id,
        created_at=at,
        holds_until=min(until or at + HOLDS, at + HOLDS),
        email_state=EmailState.DUE,
        email_due_at=at,
    )


def mark_read(*, user_id: int, notification_id: int, at: datetime) -> bool:
    """Mark one message as read; False when it is not the user's or was read before."""
    unread = Notification.objects.filter(
        pk=notification_id, user_id=user_id, is_read=False
    )
    return bool(unread.update(is_read=True, read_at=at))


def mark_all_read(*, user_id: int, at: datetime) -> int:
    """Mark every unread message of the user as read; return how many there were."""
    return Notification.objects.filter(user_id=user_id, is_read=False).update(
        is_read=True, read_at=at
    )


@transaction.atomic
def choose_mail(*, user_id: int, topics: set[str], now: datetime) -> None:
    """Have mail about these topics and no others.

    Names that are no topics are passed over.
    """
    for topic in notice_kinds.topics():
        if topic.name in topics:
            MailOptOut.objects.filter(user_id=user_id, topic=topic.name).delete()
        else:
            stop_mail(user_id=user_id, topic=topic.name, now=now)


def stop_mail(*, user_id: int, topic: str, now: datetime) -> None:
    """Stop mail about a topic; asking again changes nothing."""
    MailOptOut.objects.bulk_create(
        [MailOptOut(user_id=user_id, topic=topic, at=now)], ignore_conflicts=True
    )

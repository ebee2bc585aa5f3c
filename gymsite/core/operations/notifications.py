"""Telling people, and their reading it."""

from datetime import datetime

from ..models import Notification
from ..models.notifications import EmailState


def notify(
    user_id: int,
    *,
    kind: str,
    title: str,
    body: str = "",
    url: str = "",
    at: datetime,
    branch_id: int | None = None,
    to: str = "",
) -> Notification:
    """Leave a message for one person, in the site at once and by e-mail with the next run of the mail job.

    ``to`` is another address than the person's own: the one that they had until now.
    """
    return Notification.objects.create(
        user_id=user_id,
        branch_id=branch_id,
        kind=kind,
        title=title[:120],
        body=body[:500],
        url=url,
        email_to=to,
        created_at=at,
        email_state=EmailState.DUE,
    )


def mark_read(*, user_id: int, notification_id: int, at: datetime) -> bool:
    """Mark one message as read; False when it is not the user's or was read before."""
    unread = Notification.objects.filter(pk=notification_id, user_id=user_id, is_read=False)
    return bool(unread.update(is_read=True, read_at=at))


def mark_all_read(*, user_id: int, at: datetime) -> int:
    """Mark every unread message of the user as read; how many there were."""
    return Notification.objects.filter(user_id=user_id, is_read=False).update(is_read=True, read_at=at)

from django.db.models import QuerySet

from gymsite.core.models import MailOptOut, Notification


def unread_count(user_id: int) -> int:
    """How many messages wait; an index-only scan of core_notification_unread."""
    return Notification.objects.filter(user_id=user_id, is_read=False).count()


def unread(user_id: int) -> QuerySet[Notification]:
    """Unread messages, newest first."""
    return (
        Notification.objects.filter(user_id=user_id, is_read=False)
        .select_related("branch")
        .order_by("-created_at")
    )


def recent(user_id: int) -> QuerySet[Notification]:
    """Every message, newest first; page it by keyset on id.

    It reads the index core_notification_recent.
    """
    return (
        Notification.objects.filter(user_id=user_id)
        .select_related("branch")
        .order_by("-id")
    )


def muted_topics(user_id: int) -> set[str]:
    """The topics that a person wants no mail about (core_mailoptout_once)."""
    return set(
        MailOptOut.objects.filter(user_id=user_id).values_list("topic", flat=True)
    )

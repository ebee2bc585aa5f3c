"""What a person is told, in the site and by e-mail."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .branches import Branch


class EmailState(models.TextChoices):
    NONE = "none", "Not by e-mail"
    DUE = "due", "To be sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Could not be sent"


class Notification(models.Model):
    """One message to one person. ``url`` is a path of this site."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications", db_index=False)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    body = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=200, blank=True)
    email_to = models.EmailField(blank=True, help_text="Empty: the person's own address, as it is by then.")
    created_at = models.DateTimeField()
    is_read = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True)
    email_state = models.CharField(max_length=6, choices=EmailState.choices, default=EmailState.NONE)
    email_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            # queries.notifications.unread_count and .unread: index-only count, newest first
            models.Index(fields=["user", "-created_at"], condition=Q(is_read=False), name="core_notification_unread"),
            # queries.notifications.page: the list, newest first
            models.Index(fields=["user", "-id"], name="core_notification_recent"),
            # tasks.send_emails: the oldest that are due
            models.Index(fields=["id"], condition=Q(email_state="due"), name="core_notification_email_due"),
            # the staff's queue of mails that were given up, newest first
            models.Index(fields=["-id"], condition=Q(email_state="failed"), name="core_notification_failed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_read=True, read_at__isnull=False) | Q(is_read=False, read_at__isnull=True),
                name="core_notification_read_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.title

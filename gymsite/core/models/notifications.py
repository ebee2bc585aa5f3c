"""What a person is told, in the site and by e-mail."""

from django.db import models
from django.db.models import Q

from gymsite.core.models.branches import Branch
from gymsite.core.models.users import User


class EmailState(models.TextChoices):
    NONE = "none", "Not by e-mail"
    DUE = "due", "To be sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Could not be sent"
    LAPSED = "lapsed", "No longer true, so not sent"


class Notification(models.Model):
    """One message to one person. ``url`` is a path of this site.

    Its mail is sent while what it says is true: not after ``holds_until``, and not when
    the kind's own question about ``subject_id`` says no
    (gymsite.notifications.notice_kinds).
    """

    user = models.ForeignKey(
        User, models.CASCADE, related_name="notifications", db_index=False
    )
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    body = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=200, blank=True)
    email_to = models.EmailField(
        blank=True, help_text="Empty: the person's own address, as it is by then."
    )
    subject_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    holds_until = models.DateTimeField(null=True)
    is_read = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True)
    email_state = models.CharField(
        max_length=6, choices=EmailState.choices, default=EmailState.NONE
    )
    email_attempts = models.PositiveSmallIntegerField(default=0)
    email_due_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # notifications.queries.unread_count and .unread: an index-only count for
            # the header, and the list, newest first
            models.Index(
                fields=["user", "-created_at"],
                condition=Q(is_read=False),
                name="core_notification_unread",
            ),
            # notifications.queries.recent: the list, newest first
            models.Index(fields=["user", "-id"], name="core_notification_recent"),
            # notifications.mail.send_due: those that are due, the longest waiting first
            models.Index(
                fields=["email_due_at", "id"],
                condition=Q(email_state="due"),
                name="core_notification_mail_due",
            ),
            # the staff's queue of mails that were given up, newest first
            models.Index(
                fields=["-id"],
                condition=Q(email_state="failed"),
                name="core_notification_failed",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_read=True, read_at__isnull=False)
                | Q(is_read=False, read_at__isnull=True),
                name="core_notification_read_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(email_state="due")
                | Q(email_due_at__isnull=False, holds_until__isnull=False),
                name="core_notification_due_says_when",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class MailOptOut(models.Model):
    """A topic of notices that a person wants no mail about.

    They still find the notices in the site.
    """

    user = models.ForeignKey(
        User, models.CASCADE, related_name="mail_opt_outs", db_index=False
    )
    topic = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "topic"], name="core_mailoptout_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: nothing about {self.topic}"

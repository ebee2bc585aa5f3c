"""What happened, for ever, and which of it nobody has acted on yet.

Events are only ever added; an outbox holds those that still wait.
"""

import pgtrigger
from django.db import models

from gymsite.core.models.branches import Branch
from gymsite.core.models.triggers import APPEND_ONLY
from gymsite.core.models.users import User


class Event(models.Model):
    """A fact, written in the transaction that made it so.

    ``subject`` names a kind of row, ``subject_id`` its id.
    """

    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, related_name="+", db_index=False
    )
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    member = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    subject = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            # the admin's history of one row, and the waitlist's record of who was
            # promoted and why
            models.Index(
                fields=["subject", "subject_id", "id"], name="core_event_subject"
            ),
            # the admin's history of one member
            models.Index(fields=["member", "id"], name="core_event_member"),
        ]
        triggers = [
            *APPEND_ONLY,
            pgtrigger.Trigger(
                name="fills_outbox",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func=(
                    "INSERT INTO core_outbox (event_id, due_at) VALUES (NEW.id, "
                    "NEW.at); RETURN NULL;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.subject_id}"


class Outbox(models.Model):
    """An event that still waits for its notices.

    The transaction that writes them deletes the row.
    """

    event = models.OneToOneField(
        Event, models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    error = models.CharField(max_length=500, blank=True, db_default="")

    class Meta:
        verbose_name_plural = "outbox"

    def __str__(self) -> str:
        return f"event {self.event_id}"

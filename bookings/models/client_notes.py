"""What trainers note about their clients."""

from django.db import models

from bookings.models.trainers import Trainer
from gymsite.core.models import User


class ClientNote(models.Model):
    """A trainer's note about a client, read by that trainer and by managers alone."""

    trainer = models.ForeignKey(
        Trainer, models.PROTECT, related_name="client_notes", db_index=False
    )
    client = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = models.TextField(max_length=2000)
    created_at = models.DateTimeField()

    class Meta:
        # queries.client_notes: what a trainer knows of a client, newest first
        indexes = [
            models.Index(
                fields=["trainer", "client", "-id"], name="bookings_clientnote_client"
            )
        ]

    def __str__(self) -> str:
        return f"Note {self.pk}"

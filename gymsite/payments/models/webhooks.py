"""What a provider told us by itself, each of its events once."""

from django.db import models
from django.db.models import Q

from gymsite.payments.models.payments import Payment


class WebhookDelivery(models.Model):
    """One event of a provider, by the id that it gave it; ``note`` says what is odd.

    ``received`` while it is looked at, and after a crash: a repeat is looked at again.
    What ``differs`` waits for staff, who make it ``settled``.
    """

    class Outcome(models.TextChoices):
        RECEIVED = "received", "Received"
        DONE = "done", "Done"
        IGNORED = "ignored", "No concern of ours"
        DIFFERS = "differs", "Differs"
        SETTLED = "settled", "Differed, settled"

    gateway = models.CharField(max_length=20)
    event_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=60)
    payment = models.ForeignKey(
        Payment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="deliveries",
        db_index=False,
    )
    outcome = models.CharField(
        max_length=8, choices=Outcome.choices, default=Outcome.RECEIVED
    )
    note = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "event_id"], name="payments_webhookdelivery_once"
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["differs", "settled"])
                | Q(payment__isnull=False) & ~Q(note=""),
                name="payments_webhookdelivery_differs_from_something",
            ),
        ]
        indexes = [
            # tasks.forget deletes the old ones
            models.Index(fields=["received_at"], name="payments_webhook_received"),
            # the work queue of what differs
            models.Index(
                fields=["id"],
                condition=Q(outcome="differs"),
                name="payments_webhook_differs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"

"""The first answer to a request that carried an Idempotency-Key, kept for 24 hours."""

from datetime import timedelta

from django.db import models

KEPT = timedelta(hours=24)


class IdempotencyKey(models.Model):
    """One request's key, and its first answer.

    ``owner`` is the user's id, or 0 before log-in. ``status`` is empty while the first
    request is in flight.
    """

    owner = models.BigIntegerField()
    key = models.CharField(max_length=200)
    fingerprint = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "key"], name="core_idempotencykey_unique"
            )
        ]
        # tasks.forget deletes the old ones
        indexes = [
            models.Index(fields=["created_at"], name="core_idempotencykey_created")
        ]

    def __str__(self) -> str:
        return self.key

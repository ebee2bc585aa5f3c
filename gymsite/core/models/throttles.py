"""Counters of attempts in a window of time.

The table is unlogged, since losing the counters in a crash harms nobody.
"""

from django.db import models


class Throttle(models.Model):
    """One counter of attempts.

    ``key`` says what is counted (``pin:10000017``), ``started_at`` when its window
    began.
    """

    key = models.CharField(max_length=120, primary_key=True)
    started_at = models.DateTimeField()
    hits = models.PositiveIntegerField(default=1)

    class Meta:
        # tasks.forget deletes the old ones
        indexes = [models.Index(fields=["started_at"], name="core_throttle_started")]

    def __str__(self) -> str:
        return self.key

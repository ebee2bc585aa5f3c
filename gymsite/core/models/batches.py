"""Work of jobs that failed and will be tried again."""

from django.db import models
from django.db.models import Q


class PutOff(models.Model):
    """One row that a batch job could not finish.

    It is deleted when a later run finishes the work, or when the job no longer finds
    it.

    ``job`` is the job's name, with what it was asked about where it has several runs
    (``bookings.release_member 17``); ``subject_id`` is the key of the row in the job's
    own table.
    """

    job = models.CharField(max_length=80)
    subject_id = models.BigIntegerField()
    attempts = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    due_at = models.DateTimeField()
    error = models.CharField(max_length=500)

    class Meta:
        verbose_name = "put-off work"
        verbose_name_plural = "put-off work"
        constraints = [
            models.UniqueConstraint(
                fields=["job", "subject_id"], name="core_putoff_one_a_row"
            ),
            models.CheckConstraint(
                condition=Q(attempts__gte=1), name="core_putoff_was_tried"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job}: {self.subject_id}"

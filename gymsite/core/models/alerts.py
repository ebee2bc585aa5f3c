"""Hours in which the site's answers were worse than they may be."""

from django.db import models
from django.db.models import F, Q


class AnswerAlert(models.Model):
    """One figure of an hour's sampled requests that passed its bound.

    ``endpoint`` is a route or words for all of them, as in RequestSample; ``requests``
    counts the samples. It is over (``over_at``) with the first hour that is good again,
    or when a later hour has an alert of the same figure.
    """

    class Figure(models.TextChoices):
        P50 = "p50"
        P95 = "p95"
        P99 = "p99"
        SLOW_SHARE = "slow_share", "with a query over 100 ms"
        KEPT_SHARE = "kept_share", "kept"
        FAILED_SHARE = "failed_share", "failed"

    endpoint = models.CharField(max_length=160)
    figure = models.CharField(max_length=12, choices=Figure.choices)
    hour = models.DateTimeField()
    value = models.FloatField()
    bound = models.FloatField()
    requests = models.PositiveIntegerField()
    query = models.CharField("slow query", max_length=400, blank=True)
    over_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "alert"
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "figure", "hour"],
                name="core_answeralert_once_an_hour",
            ),
            # the tile of the start page, and the job, which closes it
            models.UniqueConstraint(
                fields=["endpoint", "figure"],
                condition=Q(over_at=None),
                name="core_answeralert_one_open",
            ),
            models.CheckConstraint(
                condition=Q(over_at__gt=F("hour")),
                name="core_answeralert_over_after_its_hour",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.get_figure_display()}, {self.hour:%d %b %H:%M}"

"""What ``manage.py audit`` found, day by day."""

from django.db import models


class AuditSnapshot(models.Model):
    """One audit.

    ``report`` is the whole of it, as ``manage.py audit --json`` writes it.
    """

    class Worst(models.TextChoices):
        ACCEPTED = "accepted", "none"
        INFO = "info", "info"
        WARNING = "warning", "warning"
        CRITICAL = "critical", "critical"

    at = models.DateTimeField()
    worst = models.CharField("worst finding", max_length=8, choices=Worst.choices)
    ok = models.PositiveSmallIntegerField("checks ok")
    findings = models.PositiveSmallIntegerField("with findings")
    unavailable = models.PositiveSmallIntegerField()
    report = models.JSONField()

    class Meta:
        verbose_name = "audit"

    def __str__(self) -> str:
        return f"Audit of {self.at:%Y-%m-%d %H:%M}"

"""Keeping what ``manage.py audit`` found."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from gymsite.core.models import AuditSnapshot

KEPT = timedelta(days=400)  # a year and a month, to see what a season does


@transaction.atomic
def keep_audit(
    *,
    report: dict[str, Any],
    worst: str,
    ok: int,
    findings: int,
    unavailable: int,
    now: datetime,
) -> AuditSnapshot:
    """Keep one audit, and forget those of more than a year ago."""
    AuditSnapshot.objects.filter(at__lt=now - KEPT).delete()
    return AuditSnapshot.objects.create(
        at=now,
        report=report,
        worst=worst,
        ok=ok,
        findings=findings,
        unavailable=unavailable,
    )

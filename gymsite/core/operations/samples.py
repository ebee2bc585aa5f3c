"""What the site writes down about itself: sampled requests and audits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from gymsite.core.models import AuditSnapshot, RequestSample

KEPT = timedelta(days=400)  # a year and a month, to see what a season does


def keep_samples(samples: Sequence[RequestSample]) -> None:
    """Write all of the samples in one statement."""
    RequestSample.objects.bulk_create(samples)


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

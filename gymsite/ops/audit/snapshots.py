"""Audits that are kept."""

from datetime import datetime

from gymsite.core.models import AuditSnapshot
from gymsite.core.operations import audits
from gymsite.ops.audit.checks import CHECKS
from gymsite.ops.audit.model import State
from gymsite.ops.audit.runner import run


def take(*, now: datetime) -> AuditSnapshot:
    """Run every check and keep what they found."""
    found = run(CHECKS, now=now)
    return audits.keep_audit(
        report=found.as_data(),
        worst=found.worst.word,
        ok=found.count(State.OK),
        findings=found.count(State.FINDING),
        unavailable=found.count(State.UNAVAILABLE),
        now=now,
    )

"""A health report of the live database (docs/audit.md)."""

from gymsite.ops.audit import snapshots
from gymsite.ops.audit.checks import CHECKS
from gymsite.ops.audit.model import Check, Finding, Level, Result, State
from gymsite.ops.audit.report import Report
from gymsite.ops.audit.runner import run

__all__ = [
    "CHECKS",
    "Check",
    "Finding",
    "Level",
    "Report",
    "Result",
    "State",
    "run",
    "snapshots",
]

"""A health report of the live database (docs/audit.md)."""

from . import snapshots
from .checks import CHECKS
from .model import Check, Finding, Level, Result, State
from .report import Report
from .runner import run

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

"""``manage.py audit``: a health report of the live database (docs/audit.md)."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from gymsite.ops import audit
from gymsite.ops.audit import compare, report, show, verify
from gymsite.ops.reporting.command import Found, ReportingCommand, Say

LEVELS = {level.word: level for level in audit.Level if level}


class Command(ReportingCommand):
    help = (
        "A health report of the live database: every check is ok, has findings, or "
        "says why it can't see."
    )
    requires_system_checks = []
    name, page, quick = "audit", "audit.md", True
    refusals = (OSError, report.Unreadable)
    examples = """examples:
  manage.py audit                                      look at everything, change nothing
  manage.py audit --only unused_indexes --figures      one check, with the rows that it read
  manage.py audit --verify-indexes --fail-on warning   for CI: exit status 1 on a warning or worse
  manage.py audit --json --output today.json           for machines
  manage.py audit --compare last-week.json             what got worse since
"""

    def add_arguments(self, parser: CommandParser) -> None:
        names, add = [check.name for check in audit.CHECKS], parser.add_argument
        add(
            "--only",
            action="append",
            choices=names,
            metavar="CHECK",
            help="one check; may come again",
        )
        add(
            "--verify-indexes",
            action="store_true",
            help="also hold the models against the database",
        )
        add(
            "--fail-on",
            choices=LEVELS,
            metavar="LEVEL",
            help="info, warning or critical: exit 1 then",
        )
        add(
            "--compare",
            type=Path,
            metavar="OLD.json",
            help="what got worse since an earlier --json",
        )
        add("--figures", action="store_true", help="also the rows that each check read")
        super().add_arguments(parser)

    def find(self, options: dict[str, Any], say: Say) -> Found:
        checks = [
            check
            for check in audit.CHECKS
            if not options["only"] or check.name in options["only"]
        ]
        old = (
            report.from_json(options["compare"].read_text())
            if options["compare"]
            else None
        )
        found = audit.run(checks, now=timezone.now(), tell=say)
        found = (
            found.with_result(verify.result()) if options["verify_indexes"] else found
        )
        changes = compare.changes(old, found, checks) if old else None
        pieces = show.pieces(found)
        pieces += show.figures(found) if options["figures"] else []
        pieces += show.compared(old, changes) if old and changes is not None else []
        return Found(
            found.as_data(changes),
            pieces,
            self._failure(found, options["fail_on"]),
            show.page(found),
        )

    def _failure(self, found: audit.Report, level: str | None) -> str:
        bad = found.reaches(LEVELS[level]) if level else []
        return f"{len(bad)} findings of level {level} or worse." if bad else ""

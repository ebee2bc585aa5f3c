"""``manage.py audit``: a health report of the live database (docs/audit.md)."""

from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from gymsite.ops import audit
from gymsite.ops.audit import compare, hours, report, show, verify
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
  manage.py audit                                     look at everything
  manage.py audit --only unused_indexes --figures     a check, with what it read
  manage.py audit --verify-indexes --fail-on warning  for CI: exit 1 on a warning
  manage.py audit --only request_times --hours 168    answers by hour, of a week
  manage.py audit --json --output today.json          for machines
  manage.py audit --compare last-week.json            what got worse since
"""

    def add_arguments(self, parser: CommandParser) -> None:
        names, add = [check.name for check in audit.CHECKS], parser.add_argument
        again, flag = partial(add, action="append"), partial(add, action="store_true")
        again("--only", choices=names, metavar="CHECK", help="one; may come again")
        flag("--verify-indexes", help="also hold the models against the database")
        add("--fail-on", choices=LEVELS, metavar="LEVEL", help="exit 1 then, or worse")
        add("--compare", type=Path, metavar="OLD.json", help="what got worse since")
        flag("--figures", help="also the rows that each check read")
        add("--hours", type=hours.back, metavar="N", help="also answers by hour")
        super().add_arguments(parser)

    def find(self, options: dict[str, Any], say: Say) -> Found:
        only, old, level = options["only"], options["compare"], options["fail_on"]
        checks = hours.looking_back(audit.CHECKS, options["hours"] or hours.DAY)
        checks = [check for check in checks if not only or check.name in only]
        old = report.from_json(old.read_text()) if old else None
        found = audit.run(checks, now=timezone.now(), tell=say)
        if options["verify_indexes"]:
            found = found.with_result(verify.result())
        changes = compare.changes(old, found, checks) if old else None
        pieces = show.pieces(found)
        pieces += show.figures(found) if options["figures"] else []
        pieces += hours.pieces(found) if options["hours"] else []
        pieces += show.compared(old, changes) if old and changes is not None else []
        bad = found.reaches(LEVELS[level]) if level else []
        failure = f"{len(bad)} findings of level {level} or worse." if bad else ""
        return Found(found.as_data(changes), pieces, failure, show.page(found))

"""``manage.py prove``: fights and kills, held against the database (docs/prove.md)."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from gymsite.ops.prove import controls, run, show
from gymsite.ops.prove.report import Report
from gymsite.ops.reporting.command import Found, ReportingCommand, Say
from gymsite.ops.rig.errors import ToolError
from gymsite.postgres.errors import ServerFailed

QUICK, USUAL = (1200, 3), (12_000, 12)


class Command(ReportingCommand):
    help = (
        "Let processes fight for what is scarce, kill server and database under load, "
        "and check every answer."
    )
    requires_system_checks = []  # the site's own database is no part of this
    name, page = "prove", "prove.md"
    broken_off = "Broken off; everything is stopped again."
    refusals, refused = (ToolError, ServerFailed), 2
    examples = """examples:
  manage.py prove --quick                       under 90 seconds, for CI
  manage.py prove --attempts 100000 --kills 50  in full
  manage.py prove --control places --kills 0    take one guard away: it must fail
  manage.py prove --control all                 each in turn: fails if one isn't missed
"""

    def add_arguments(self, parser: CommandParser) -> None:
        add, guards = parser.add_argument, [*controls.BY_NAME, controls.ALL]
        few = "{:,} attempts and {} kills".format(*QUICK)
        add("--quick", action="store_true", help=few)
        add("--attempts", type=int, help=f"in all; {USUAL[0]:,} if left out")
        add("--kills", type=int, help=f"of worker, server and database; {USUAL[1]}")
        add("--control", choices=guards, default="", help="take this guard away first")
        super().add_arguments(parser)

    def find(self, options: dict[str, Any], say: Say) -> Found:
        usual = QUICK if options["quick"] else USUAL
        asked = options["attempts"], options["kills"]
        attempts, kills = (
            few if wish is None else wish
            for wish, few in zip(asked, usual, strict=True)
        )
        if attempts < 1 or kills < 0:
            raise CommandError("There must be attempts, and no fewer than 0 kills.")
        reports = run.prove(run.Options(attempts, kills, options["control"]), say)
        found = [report.as_data() for report in reports]
        data = found[0] if len(found) == 1 else found
        return Found(data, show.pieces(reports), _failure(options["control"], reports))


def _failure(control: str, reports: list[Report]) -> str:
    if control == controls.ALL:
        missed = any(report.holds for report in reports)
        return "A guard was taken away, and nothing was noticed." if missed else ""
    return "" if reports[0].holds else "Not everything holds."

"""``manage.py prove``: fights and kills, and every answer held against the database (docs/prove.md)."""

from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gymsite.core.embedded import ServerFailed
from gymsite.ops.prove import controls, run
from gymsite.ops.prove.errors import ProveError
from gymsite.ops.prove.report import Report, following, tell

QUICK, USUAL = (1200, 3), (12_000, 12)
EXAMPLES = """examples:
  manage.py prove --quick                            under 90 seconds, for CI
  manage.py prove --attempts 100000 --kills 50       in full
  manage.py prove --control places --kills 0         take one guard away: it must fail
  manage.py prove --control all                      each guard in turn: fails where one was not missed
"""


class Command(BaseCommand):
    help = "Let processes fight for what is scarce, kill server and database under load, and check every answer."
    requires_system_checks = []  # the site's own database is no part of this

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLES
        parser.add_argument("--quick", action="store_true", help=f"{QUICK[0]:,} attempts and {QUICK[1]} kills")
        parser.add_argument("--attempts", type=int, help=f"in all; {USUAL[0]:,} if left out")
        parser.add_argument("--kills", type=int, help=f"in all, of a worker, server and database; {USUAL[1]}")
        parser.add_argument(
            "--control", choices=[*controls.BY_NAME, controls.ALL], default="", help="take this guard away first"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--output", type=Path, metavar="FILE", help="write the JSON there")
        parser.add_argument("--write-docs", action="store_true", help="write the result into docs/prove.md")

    def handle(self, *args: Any, quick: bool, attempts: int | None, kills: int | None, **options: Any) -> None:
        usual = QUICK if quick else USUAL
        wanted = usual[0] if attempts is None else attempts, usual[1] if kills is None else kills
        if min(wanted) < 0 or not wanted[0]:
            raise CommandError("There must be attempts, and no fewer than 0 kills.")
        reports = self._proved(run.Options(*wanted, options["control"]))
        tell(reports, as_json=options["json"], output=options["output"], write_docs=options["write_docs"])
        if options["control"] == controls.ALL and any(report.holds for report in reports):
            raise CommandError("A guard was taken away, and nothing was noticed.")
        if options["control"] != controls.ALL and not reports[0].holds:
            raise CommandError("Not everything holds.")

    def _proved(self, options: run.Options) -> list[Report]:
        try:
            with following() as tell:
                return run.prove(options, tell)
        except KeyboardInterrupt:
            raise CommandError("Broken off; everything is stopped again.", returncode=130) from None
        except (ProveError, ServerFailed) as error:
            raise CommandError(str(error), returncode=2) from None

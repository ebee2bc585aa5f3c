"""``manage.py audit``: a health report of the live database (docs/audit.md)."""

from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console

from gymsite.ops import audit, documents
from gymsite.ops.audit import compare, output, report, verify

DOCS = documents.FOLDER / "audit.md"
LEVELS = {level.word: level for level in audit.Level if level}
EXAMPLES = """examples:
  manage.py audit                                      look at everything, change nothing
  manage.py audit --only unused_indexes --figures      one check, with the rows that it read
  manage.py audit --verify-indexes --fail-on warning   for CI: exit status 1 on a warning or worse
  manage.py audit --json --output today.json           for machines
  manage.py audit --compare last-week.json             what got worse since
"""


class Command(BaseCommand):
    help = "A health report of the live database: every check is ok, has findings, or says why it can't see."
    requires_system_checks = []

    def create_parser(self, *args: Any, **options: Any) -> CommandParser:
        return super().create_parser(*args, **options, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLES)

    def add_arguments(self, parser: CommandParser) -> None:
        names = [check.name for check in audit.CHECKS]
        parser.add_argument("--only", action="append", choices=names, metavar="CHECK", help="one check; may come again")
        parser.add_argument("--verify-indexes", action="store_true", help="also hold the models against the database")
        parser.add_argument("--fail-on", choices=LEVELS, metavar="LEVEL", help="info, warning or critical: exit 1 then")
        parser.add_argument("--compare", type=Path, metavar="OLD.json", help="what got worse since an earlier --json")
        parser.add_argument("--json", action="store_true", help="as JSON instead of text")
        parser.add_argument("--output", type=Path, metavar="FILE", help="write there, not to the screen")
        parser.add_argument("--figures", action="store_true", help="also the rows that each check read")
        parser.add_argument("--write-docs", action="store_true", help="put the report into docs/audit.md")

    def handle(self, *args: Any, only: list[str] | None, fail_on: str | None, **options: Any) -> None:
        checks = [check for check in audit.CHECKS if not only or check.name in only]
        try:
            old = report.from_json(options["compare"].read_text()) if options["compare"] else None
            with Console(stderr=True).status("looking") as status:
                found = audit.run(checks, now=timezone.now(), tell=status.update)
                found = found.with_result(verify.result()) if options["verify_indexes"] else found
        except (OSError, report.Unreadable) as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("Broken off; nothing was changed.", returncode=130) from None
        changes = compare.changes(old, found, checks) if old else None
        output.Output(options["json"], options["output"], options["figures"]).write(self.stdout, found, old, changes)
        if options["write_docs"]:
            output.write_docs(DOCS, found)
        if fail_on and (bad := found.reaches(LEVELS[fail_on])):
            raise CommandError(f"{len(bad)} findings of level {fail_on} or worse.")

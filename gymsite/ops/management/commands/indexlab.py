"""``manage.py indexlab``: queries that matter with their indexes and without (docs/indexlab.md)."""

from argparse import RawDescriptionHelpFormatter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from gymsite.ops.indexlab import output, run
from gymsite.ops.indexlab.errors import LabError

EXAMPLES = """
examples:
  manage.py indexlab                                     every query, with its indexes and without
  manage.py indexlab --query waitlist-first --runs 25    one of them, with both plans as trees
  manage.py indexlab --without catalog_cart_member       what this index is worth to all that use it
  manage.py indexlab --what-if "CREATE INDEX ON bookings_booking (status)"
  manage.py indexlab --guard                             fails when a plan is not as it must be; changes nothing
  manage.py indexlab --output lab.json --html lab.html   keep it
"""


class Command(BaseCommand):
    help = "Measure every query that matters with its indexes and without them, or guard their plans."

    def create_parser(self, *names: Any, **options: Any) -> CommandParser:
        return super().create_parser(*names, epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--query", action="append", default=[], metavar="NAME", help="only this; may be given again"
        )
        parser.add_argument("--without", metavar="INDEX", help="take away this index only")
        parser.add_argument("--what-if", metavar="SQL", help="a CREATE INDEX to try; it is rolled back")
        parser.add_argument("--guard", action="store_true", help="judge the plans; executes and changes nothing")
        parser.add_argument("--as-is", action="store_true", help="measure with the indexes only; drops nothing")
        parser.add_argument("--runs", type=int, default=9, choices=range(1, 1001), metavar="1..1000")
        parser.add_argument("--lock-timeout", type=float, default=2.0, metavar="SECONDS", help="to wait for a table")
        parser.add_argument("--no-writes", dest="writes", action="store_false", help="leave out the batches of inserts")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--output", type=Path, metavar="FILE", help="write the JSON there too")
        parser.add_argument("--html", type=Path, metavar="FILE", help="a page with the plans side by side")
        parser.add_argument("--even-in-production", action="store_true", help="drop indexes (rolled back) there too")

    def handle(self, *args: Any, **given: Any) -> None:
        options = run.Options(**{name: given[name] for name in run.Options.__dataclass_fields__})
        say = partial(Console(stderr=True, log_path=False).log, highlight=False)
        try:
            report = run.run(options, datetime.now(UTC), say)
        except LabError as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("Broken off; what was dropped is there again.", returncode=130) from None
        output.write(report, as_json=given["json"], file=given["output"], page=given["html"])
        if failed := report.get("failed"):
            raise CommandError(f"{len(failed)} plans are not as they must be: {', '.join(failed)}.")

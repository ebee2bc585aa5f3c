"""``manage.py indexlab``: queries with their indexes and without (docs/indexlab.md)."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser

from gymsite.ops.indexlab import run, show
from gymsite.ops.reporting.command import Found, ReportingCommand, Say
from gymsite.ops.rig.errors import ToolError


class Command(ReportingCommand):
    help = (
        "Measure every query that matters with its indexes and without them, or guard "
        "their plans."
    )
    name, page = "indexlab", "indexlab.md"
    broken_off = "Broken off; what was dropped is there again."
    refusals = (ToolError,)
    examples = """examples:
  manage.py indexlab                                     every query, with its indexes and without
  manage.py indexlab --query waitlist-first --runs 25    one of them, with both plans as trees
  manage.py indexlab --without catalog_cart_member       what this index is worth to all that use it
  manage.py indexlab --what-if "CREATE INDEX ON bookings_booking (status)"
  manage.py indexlab --guard                             fails when a plan is not as it must be; changes nothing
  manage.py indexlab --output lab.json                   keep it
"""

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add(
            "--query",
            action="append",
            default=[],
            metavar="NAME",
            help="only this; may be given again",
        )
        add("--without", metavar="INDEX", help="take away this index only")
        add("--what-if", metavar="SQL", help="a CREATE INDEX to try; it is rolled back")
        add(
            "--guard",
            action="store_true",
            help="judge the plans; executes and changes nothing",
        )
        add(
            "--as-is",
            action="store_true",
            help="measure with the indexes only; drops nothing",
        )
        add("--runs", type=int, default=9, choices=range(1, 1001), metavar="1..1000")
        add(
            "--lock-timeout",
            type=float,
            default=2.0,
            metavar="SECONDS",
            help="to wait for a table",
        )
        add(
            "--no-writes",
            dest="writes",
            action="store_false",
            help="leave out the batches of inserts",
        )
        add(
            "--even-in-production",
            action="store_true",
            help="drop indexes (rolled back) there too",
        )
        super().add_arguments(parser)

    def find(self, options: dict[str, Any], say: Say) -> Found:
        wanted = run.Options(
            **{name: options[name] for name in run.Options.__dataclass_fields__}
        )
        report = run.run(wanted, datetime.now(UTC), say)
        failed = report.get("failed", [])
        failure = (
            f"{len(failed)} plans are not as they must be: {', '.join(failed)}."
            if failed
            else ""
        )
        return Found(report, show.pieces(report), failure)

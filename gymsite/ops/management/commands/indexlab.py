"""``manage.py indexlab``: queries with their indexes and without (docs/indexlab.md)."""

from datetime import UTC, datetime
from functools import partial
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
  manage.py indexlab                                   every query that matters
  manage.py indexlab --query waitlist-first --runs 25  one, with both plans as trees
  manage.py indexlab --without catalog_cart_member     what this index is worth
  manage.py indexlab --what-if "CREATE INDEX ON bookings_booking (status)"
  manage.py indexlab --guard                           fails where a plan is wrong
  manage.py indexlab --output lab.json                 keep it
"""

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        flag = partial(add, action="store_true")
        add("--query", action="append", default=[], metavar="NAME", help="only this")
        add("--without", metavar="INDEX", help="take away this index only")
        add("--what-if", metavar="SQL", help="a CREATE INDEX to try; it is rolled back")
        flag("--guard", help="judge the plans; executes and changes nothing")
        flag("--as-is", help="measure with the indexes only; drops nothing")
        add("--runs", type=int, default=9, choices=range(1, 1001), metavar="1..1000")
        add("--lock-timeout", type=float, default=2.0, metavar="SECONDS")
        add("--no-writes", dest="writes", action="store_false", help="no inserts")
        flag("--even-in-production", help="drop indexes (rolled back) there too")
        super().add_arguments(parser)

    def find(self, options: dict[str, Any], say: Say) -> Found:
        names = run.Options.__dataclass_fields__
        wanted = run.Options(**{name: options[name] for name in names})
        report = run.run(wanted, datetime.now(UTC), say)
        failed, failure = report.get("failed", []), ""
        if failed:
            said = f"{len(failed)} plans are not as they must be"
            failure = f"{said}: {', '.join(failed)}."
        return Found(report, show.pieces(report), failure)

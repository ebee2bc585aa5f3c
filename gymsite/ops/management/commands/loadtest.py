"""Many people at once on a server of its own (docs/loadtest.md)."""

from subprocess import CalledProcessError
from typing import Any

from django.core.management.base import CommandError, CommandParser

from gymsite.ops.loadtest import runner, show
from gymsite.ops.loadtest.profiles import FULL, QUICK
from gymsite.ops.reporting.command import Found, ReportingCommand, Say
from gymsite.ops.rig.errors import ToolError


class Command(ReportingCommand):
    help = (
        "Let Locust's visitors, members, shoppers, front desk and staff use the site; "
        "missed thresholds fail it."
    )
    name, page = "loadtest", "loadtest.md"
    broken_off = "Broken off; what was started is stopped and dropped."
    refusals = (ToolError, CalledProcessError)
    examples = """examples:
  manage.py loadtest --quick                      20 users for 20 seconds
  manage.py loadtest --only thousand --json       1,000 users; else both ramps
  manage.py loadtest --url http://127.0.0.1:8000  a server that runs already
"""

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--quick", action="store_true", help="20 seconds; times are not judged")
        add("--only", action="append", choices=FULL, help="a ramp; may come again")
        add("--scale", type=float, help="of the brand (default 1, with --quick 0.01)")
        add("--workers", type=int, default=2, choices=range(1, 17), metavar="1..16")
        add("--worker-class", default="sync", choices=("sync", "gthread"))
        add("--url", default="", help="a server here, on these settings' database")
        super().add_arguments(parser)

    def find(self, options: dict[str, Any], say: Say) -> Found:
        ramps = tuple(FULL[name] for name in options["only"] or FULL)
        profiles = (QUICK,) if options["quick"] else ramps
        size = options["scale"] or (0.01 if options["quick"] else 1.0)
        wanted = runner.Options(
            profiles, size, options["workers"], options["worker_class"], options["url"]
        )
        if options["write_docs"] and not wanted.is_whole:
            raise CommandError("--write-docs takes both ramps at scale 1.")
        report = runner.run(wanted, say)
        missed = ", ".join(each.name for each in report.missed)
        failure = f"Missed: {missed}." if missed else ""
        return Found(report.as_data(), show.pieces(report), failure)

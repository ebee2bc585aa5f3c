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
  manage.py loadtest --quick                       20 users for 20 seconds, on a small brand
  manage.py loadtest --only thousand --json        1,000 users; without --only both ramps, 12 minutes
  manage.py loadtest --url http://127.0.0.1:8000   a server that runs already: books and buys in its database
"""

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add(
            "--quick",
            action="store_true",
            help="a few users for 20 seconds; times are not judged",
        )
        add(
            "--only", action="append", choices=FULL, help="one ramp; may be given again"
        )
        add(
            "--scale",
            type=float,
            help="of the seeded brand (default 1, with --quick 0.01)",
        )
        add("--workers", type=int, default=2, choices=range(1, 17), metavar="1..16")
        add("--worker-class", default="sync", choices=("sync", "gthread"))
        add(
            "--url",
            default="",
            help="a server on this machine, on the database of these settings",
        )
        super().add_arguments(parser)

    def find(self, options: dict[str, Any], say: Say) -> Found:
        profiles = (
            (QUICK,)
            if options["quick"]
            else tuple(FULL[name] for name in options["only"] or FULL)
        )
        size = options["scale"] or (0.01 if options["quick"] else 1.0)
        wanted = runner.Options(
            profiles, size, options["workers"], options["worker_class"], options["url"]
        )
        if options["write_docs"] and not wanted.is_whole:
            raise CommandError(
                "--write-docs takes the figures of both ramps at scale 1."
            )
        report = runner.run(wanted, say)
        missed = ", ".join(each.name for each in report.missed)
        return Found(
            report.as_data(),
            show.pieces(report),
            f"Missed: {missed}." if missed else "",
        )

"""Many people at once on a server of its own (docs/loadtest.md)."""

from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from gymsite.ops.bench.errors import BenchError
from gymsite.ops.loadtest import runner
from gymsite.ops.loadtest.errors import LoadTestError
from gymsite.ops.loadtest.profiles import FULL, QUICK
from gymsite.ops.loadtest.show import DOCS, WIDTH, show, write_docs

EXAMPLES = """examples:
  manage.py loadtest --quick                       20 users for 20 seconds, on a small brand
  manage.py loadtest --only thousand --json        1,000 users; without --only both ramps, 12 minutes
  manage.py loadtest --url http://127.0.0.1:8000   a server that runs already: books and buys in its database
"""


class Command(BaseCommand):
    help = "Let Locust's visitors, members, shoppers, front desk and staff use the site; missed thresholds fail it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog, parser.formatter_class = EXAMPLES, RawDescriptionHelpFormatter
        parser.add_argument("--quick", action="store_true", help="a few users for 20 seconds; times are not judged")
        parser.add_argument("--only", action="append", choices=FULL, help="one ramp; may be given again")
        parser.add_argument("--scale", type=float, help="of the seeded brand (default 1, with --quick 0.01)")
        parser.add_argument("--workers", type=int, default=2, choices=range(1, 17), metavar="1..16")
        parser.add_argument("--worker-class", default="sync", choices=("sync", "gthread"))
        parser.add_argument("--url", default="", help="a server on this machine, on the database of these settings")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON, not as tables")
        parser.add_argument("--output", type=Path, metavar="FILE", help="write the figures there as JSON too")
        parser.add_argument("--write-docs", action="store_true", help="write docs/loadtest.md; both ramps at scale 1")

    def handle(self, *args: Any, **options: Any) -> None:
        profiles = (QUICK,) if options["quick"] else tuple(FULL[name] for name in options["only"] or FULL)
        size = options["scale"] or (0.01 if options["quick"] else 1.0)
        wanted = runner.Options(profiles, size, options["workers"], options["worker_class"], options["url"])
        if options["write_docs"] and not wanted.is_whole:
            raise CommandError("--write-docs takes the figures of both ramps at scale 1.")
        report = self._measured(wanted)
        if options["output"]:
            report.write(options["output"])
        if options["write_docs"]:
            write_docs(DOCS, report)
        self.stdout.write(report.as_json()) if options["json"] else show(Console(width=WIDTH), report)
        if report.missed:
            raise CommandError(f"Missed: {', '.join(each.name for each in report.missed)}.")

    def _measured(self, wanted: runner.Options) -> runner.Report:
        try:
            return runner.run(wanted, say=Console(stderr=True, log_path=False).log)
        except KeyboardInterrupt:
            raise CommandError("Broken off; what was started is stopped and dropped.", returncode=130) from None
        except (BenchError, LoadTestError, CalledProcessError) as error:
            raise CommandError(f"{error}\n{getattr(error, 'output', '')}".strip()) from None

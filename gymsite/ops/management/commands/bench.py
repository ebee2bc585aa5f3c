"""``manage.py bench``: every figure of docs/performance.md, measured here and now."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from gymsite.ops.bench import docs, runner
from gymsite.ops.bench.compare import changes, print_changes
from gymsite.ops.bench.errors import BenchError
from gymsite.ops.bench.report import Report, print_table


class Command(BaseCommand):
    help = "Measure seed, endpoints, pages, bookings, waitlist, memory and static files, each beside its floor."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", action="append", choices=runner.NAMES, help="one group; may be given again")
        parser.add_argument("--scale", type=float, default=1.0, help="of the seeded brand; targets are judged at 1")
        parser.add_argument("--scale10", action="store_true", help="also seed at scale 10: 10 million rows, minutes")
        parser.add_argument("--growth", action="store_true", help="also the same rows at scales 0.1, 1 and 10: minutes")
        parser.add_argument("--compare", type=Path, metavar="FILE", help="hold the figures against those of --json")
        parser.add_argument("--rounds", type=int, default=5, choices=range(1, 21), metavar="1..20")
        parser.add_argument("--workers", type=int, default=2, choices=range(1, 17), metavar="1..16")
        parser.add_argument("--worker-class", default="sync", choices=("sync", "gthread"))
        parser.add_argument("--quick", action="store_true", help="one short round of each: does it work at all?")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
        parser.add_argument("--write-docs", action="store_true", help="docs/performance.md; all groups at scale 1")
        parser.add_argument("--from", type=Path, metavar="FILE", help="figures of --json; with --only those again")

    def handle(self, *args: Any, **options: Any) -> None:
        console, wide = Console(stderr=True, log_path=False), Console(width=max(Console().width, 180))
        keep = (lambda report: report.write(options["json"])) if options["json"] else (lambda report: None)
        first = Report.read(options["from"]) if options["from"] else None
        report = first if first and not options["only"] else self._measured(console, options, keep, first)
        keep(report)
        print_table(wide, report)
        if options["compare"]:
            print_changes(wide, changes(report, Report.read(options["compare"])))
        if options["write_docs"]:
            docs.write(docs.PAGE, report)

    def _measured(
        self, console: Console, options: dict[str, Any], keep: Callable[[Report], None], first: Report | None
    ) -> Report:
        names = ("scale", "scale10", "growth", "rounds", "workers", "worker_class", "quick")
        only = tuple(options["only"] or runner.NAMES)
        wanted = runner.Options(only=only, **{name: options[name] for name in names})
        try:
            return runner.run_again(first, wanted, console.log) if first else runner.run(wanted, console.log, keep)
        except KeyboardInterrupt:
            raise CommandError("Broken off; everything is stopped and dropped again.", returncode=130) from None
        except BenchError as error:
            raise CommandError(str(error)) from None
        except CalledProcessError as error:
            raise CommandError(f"{error}\n{error.output}") from None

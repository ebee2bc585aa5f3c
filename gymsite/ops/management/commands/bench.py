"""``manage.py bench``: every figure of docs/performance.md, measured here and now."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from django.core.management.base import CommandParser

from gymsite.ops.bench import compare, runner, show
from gymsite.ops.bench.report import Report
from gymsite.ops.reporting.command import Found, ReportingCommand, Say, as_json
from gymsite.ops.rig.errors import Refused, ToolError


class Command(ReportingCommand):
    help = (
        "Measure seed, endpoints, pages, bookings, memory, files beside their floors."
    )
    name, page = "bench", "performance.md"
    broken_off = "Broken off; everything is stopped and dropped again."
    refusals = (ToolError, CalledProcessError)

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        flag = partial(add, action="store_true")
        file = partial(add, type=Path, metavar="FILE")
        add("--only", action="append", choices=runner.NAMES, help="may come again")
        add("--scale", type=float, default=1.0, help="targets are judged at 1")
        flag("--scale10", help="also seed at scale 10: 10 million rows, minutes")
        flag("--growth", help="also the same rows at scales 0.1, 1 and 10: minutes")
        flag("--training", help="also trainers at 5,000 to 500,000 sessions: minutes")
        file("--compare", help="hold the figures against those of --output")
        add("--rounds", type=int, default=5, choices=range(1, 21), metavar="1..20")
        add("--workers", type=int, default=2, choices=range(1, 17), metavar="1..16")
        add("--worker-class", default="sync", choices=("sync", "gthread"))
        flag("--quick", help="one short round of each: does it work at all?")
        file("--from", help="figures of --output; with --only those again")
        super().add_arguments(parser)

    def find(self, options: dict[str, Any], say: Say) -> Found:
        only = tuple(options["only"] or runner.NAMES)
        passed_on = runner.Options.__dataclass_fields__.keys() - {"only"}
        wanted = runner.Options(only, **{name: options[name] for name in passed_on})
        first = Report.read(options["from"]) if options["from"] else None
        if options["write_docs"] and not (first or wanted).is_whole:
            raise Refused("Only a whole run at scale 1 is written into docs/.")
        if first is None:
            out = options["output"]  # a run that breaks off was not in vain
            report = runner.run(
                wanted, say, lambda part: out and out.write_text(as_json(asdict(part)))
            )
        else:
            report = runner.run_again(first, wanted, say) if options["only"] else first
        page, pieces = show.pieces(report), show.pieces(report)
        if earlier := options["compare"]:
            pieces.append(compare.table(compare.changes(report, Report.read(earlier))))
        return Found(asdict(report), pieces, page=page)

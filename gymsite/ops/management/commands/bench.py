"""``manage.py bench``: every figure of docs/performance.md, measured here and now."""

from dataclasses import asdict
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from django.core.management.base import CommandParser

from gymsite.ops.bench import compare, runner, show
from gymsite.ops.bench.report import Report
from gymsite.ops.reporting.command import Found, ReportingCommand, Say, as_json
from gymsite.ops.rig.errors import Refused, ToolError

PASSED_ON = ("scale", "scale10", "growth", "rounds", "workers", "worker_class", "quick")


class Command(ReportingCommand):
    help = (
        "Measure seed, endpoints, pages, bookings, waitlist, memory and static files, "
        "each beside its floor."
    )
    name, page = "bench", "performance.md"
    broken_off = "Broken off; everything is stopped and dropped again."
    refusals = (ToolError, CalledProcessError)

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add(
            "--only",
            action="append",
            choices=runner.NAMES,
            help="one group; may be given again",
        )
        add(
            "--scale",
            type=float,
            default=1.0,
            help="of the seeded brand; targets are judged at 1",
        )
        add(
            "--scale10",
            action="store_true",
            help="also seed at scale 10: 10 million rows, minutes",
        )
        add(
            "--growth",
            action="store_true",
            help="also the same rows at scales 0.1, 1 and 10: minutes",
        )
        add(
            "--compare",
            type=Path,
            metavar="FILE",
            help="hold the figures against those of --output",
        )
        add("--rounds", type=int, default=5, choices=range(1, 21), metavar="1..20")
        add("--workers", type=int, default=2, choices=range(1, 17), metavar="1..16")
        add("--worker-class", default="sync", choices=("sync", "gthread"))
        add(
            "--quick",
            action="store_true",
            help="one short round of each: does it work at all?",
        )
        add(
            "--from",
            type=Path,
            metavar="FILE",
            help="figures of --output; with --only those again",
        )
        super().add_arguments(parser)

    def find(self, options: dict[str, Any], say: Say) -> Found:
        only = tuple(options["only"] or runner.NAMES)
        wanted = runner.Options(
            only=only, **{name: options[name] for name in PASSED_ON}
        )
        first = Report.read(options["from"]) if options["from"] else None
        if options["write_docs"] and not (first or wanted).is_whole:
            raise Refused(
                "Only a whole run at scale 1 is written into the documentation."
            )
        if first is None:
            report = runner.run(wanted, say, _keeping(options["output"]))
        else:
            report = runner.run_again(first, wanted, say) if options["only"] else first
        page, pieces = show.pieces(report), show.pieces(report)
        if options["compare"]:
            pieces.append(
                compare.table(compare.changes(report, Report.read(options["compare"])))
            )
        return Found(asdict(report), pieces, page=page)


def _keeping(path: Path | None) -> Any:
    """Writes what there is to the file: a run that breaks off was not in vain."""
    return lambda part: path and path.write_text(as_json(asdict(part)))

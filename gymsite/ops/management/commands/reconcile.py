"""``manage.py reconcile``: every invariant of the whole database as one statement each (docs/reconcile.md)."""

import json
import time
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gymsite.ops.reconcile import INVARIANTS, check, report

BY_NAME = {invariant.name: invariant for invariant in INVARIANTS}
EXAMPLES = """examples:
  manage.py reconcile                          all of them; exit status 1 when one is broken
  manage.py reconcile --only stock_is_its_ledger --rows 50
  manage.py reconcile --explain booked_count   what it means, its SQL and its plan
  manage.py reconcile --json > reconciled.json
"""


class Command(BaseCommand):
    help = "Check every invariant; prints each with OK or the rows that break it, and fails if any does. Read-only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLES
        parser.add_argument("--only", action="append", choices=BY_NAME, metavar="NAME", help="may be given again")
        parser.add_argument("--explain", choices=BY_NAME, metavar="NAME", help="what it means, its SQL and its plan")
        parser.add_argument("--rows", type=int, default=10, choices=range(1, 1001), metavar="1..1000", help="to show")
        parser.add_argument("--connections", type=int, default=check.CONNECTIONS, choices=range(1, 17), metavar="1..16")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--output", type=Path, metavar="FILE", help="write the JSON there")
        parser.add_argument("--write-docs", action="store_true", help="put all of them into docs/reconcile.md")

    def handle(self, *args: Any, explain: str | None, **options: Any) -> None:
        if explain:
            self.stdout.write(report.explained(BY_NAME[explain]))
            return
        asked = [BY_NAME[name] for name in options["only"] or BY_NAME]
        if options["write_docs"] and options["only"]:
            raise CommandError("--write-docs takes all invariants.")
        began = time.perf_counter()
        tell = (lambda result: None) if options["json"] else self._tell
        results = check.ask_all(asked, shown=options["rows"], parallel=options["connections"], tell=tell)
        found = report.as_json(results, time.perf_counter() - began)
        if options["write_docs"]:
            report.write_docs(report.DOCS, results, found["seconds"])
        if options["output"]:
            report.write(options["output"], found)
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=1, default=str))
        if broken := sum(not result.holds for result in results):
            raise CommandError(f"{broken} of {len(results)} invariants do not hold.")
        if not options["json"]:
            self.stdout.write(f"All {len(results)} invariants hold ({found['seconds']:.1f} s).")

    def _tell(self, result: check.Result) -> None:
        for line in report.lines(result):
            self.stdout.write(line)

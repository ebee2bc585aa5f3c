"""``manage.py reconcile``: every invariant, one statement each (docs/reconcile.md)."""

import time
from functools import partial
from typing import Any

from django.core.management.base import CommandError, CommandParser

from gymsite.ops.invariants import INVARIANTS
from gymsite.ops.reconcile import check, show
from gymsite.ops.reporting.command import Found, ReportingCommand, Say

BY_NAME = {invariant.name: invariant for invariant in INVARIANTS}


class Command(ReportingCommand):
    help = "Check every invariant; fails with the rows that break one. Read-only."
    name, page, quick = "reconcile", "reconcile.md", True
    examples = """examples:
  manage.py reconcile                         all; exit status 1 when one is broken
  manage.py reconcile --only stock_is_its_ledger --rows 50
  manage.py reconcile --explain booked_count  what it means, its SQL and its plan
  manage.py reconcile --json > reconciled.json
"""

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        name = partial(add, choices=BY_NAME, metavar="NAME")
        number = partial(add, type=int)
        name("--only", action="append", help="may be given again")
        name("--explain", help="what it means, its SQL and its plan")
        number("--rows", default=10, choices=range(1, 1001), metavar="1..1000")
        number("--connections", default=check.CONNECTIONS, choices=range(1, 17))
        super().add_arguments(parser)

    def handle(self, *args: Any, explain: str | None, **options: Any) -> None:
        if explain:
            self.stdout.write(show.explained(BY_NAME[explain]))
            return
        if options["write_docs"] and options["only"]:
            raise CommandError("--write-docs takes all invariants.")
        super().handle(*args, **options)

    def find(self, options: dict[str, Any], say: Say) -> Found:
        asked = [BY_NAME[name] for name in options["only"] or BY_NAME]
        began = time.perf_counter()
        results = check.ask_all(
            asked,
            shown=options["rows"],
            parallel=options["connections"],
            tell=lambda result: say(result.invariant.name),
        )
        seconds = time.perf_counter() - began
        broken, of = sum(not result.holds for result in results), len(results)
        pieces = show.pieces(results, seconds)
        if not broken:
            pieces.append(f"All {of} invariants hold ({seconds:.1f} s).")
        failure = f"{broken} of {of} invariants do not hold." if broken else ""
        return Found(show.as_data(results, seconds), pieces, failure)

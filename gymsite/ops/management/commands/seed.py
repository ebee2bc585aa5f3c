"""Fill the database with a believable brand (docs/seed.md)."""

from argparse import ArgumentParser
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gymsite.ops.seed import accounts, run, verify
from gymsite.ops.seed.progress import Bars
from gymsite.ops.seed.scale import PROFILES


class Command(BaseCommand):
    help = (
        "Fill the database with a believable brand: same scale, seed and date give the "
        "same rows and checksum."
    )
    requires_system_checks = []  # they would load every page and the API first

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--profile",
            choices=PROFILES,
            default="all",
            help="gym, its store, or both as one brand",
        )
        parser.add_argument(
            "--scale",
            type=float,
            default=1.0,
            help="1 is 338,000 bookings and 200,000 orders",
        )
        parser.add_argument("--random-seed", type=int, default=1)
        parser.add_argument(
            "--date",
            type=date.fromisoformat,
            help="the day it is in the seed (default: today, UTC)",
        )
        parser.add_argument(
            "--reset", action="store_true", help="throw real people's data away"
        )
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="do nothing where there are users already",
        )
        parser.add_argument(
            "--destroy-production-data",
            action="store_true",
            help="with --reset, even in production",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION and not (
            options["reset"] and options["destroy_production_data"]
        ):
            raise CommandError(
                "This is production. A seed would destroy it: --reset "
                "--destroy-production-data allows that."
            )
        if options["if_empty"] and run.is_inhabited():
            self.stdout.write("There are users already: nothing is seeded.")
            return
        day = options["date"] or datetime.now(UTC).date()
        request = run.Request(
            options["scale"],
            options["random_seed"],
            day,
            options["reset"],
            options["profile"],
        )
        try:
            with Bars(self.stderr) as bars:
                report = run.seed(request, bars.advance)
        except (run.Refused, verify.Broken, ValueError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                "Broken off. The database is as it was before.", returncode=130
            ) from None
        self._tell(report)

    def _tell(self, report: run.Report) -> None:
        for name, rows in sorted(report.rows.items()):
            if rows:
                self.stdout.write(f"{name:<28}{rows:>12,}")
        self.stdout.write(
            f"{sum(report.rows.values()):,} rows in {report.seconds:.1f} s; all "
            f"{report.checks} checks hold"
        )
        self.stdout.write(f"checksum {report.checksum}")
        for line in accounts.described():
            self.stdout.write(line)

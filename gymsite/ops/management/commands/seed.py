"""Fill the database with a believable brand (docs/seed.md)."""

from argparse import ArgumentParser
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gymsite.ops.seed import run, verify
from gymsite.ops.seed.progress import Bars, told
from gymsite.ops.seed.scale import PROFILES, SIZES


class Command(BaseCommand):
    help = (
        "Fill the database with a believable brand: same scale, seed and date give the "
        "same rows and checksum."
    )
    requires_system_checks = []  # they would load every page and the API first

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        flag = partial(add, action="store_true")
        add("--profile", choices=PROFILES, default="all", help="a part, or all of it")
        add("--size", choices=SIZES, default=SIZES[0], help="of training")
        add("--scale", type=float, default=1.0, help="1 is 338,000 bookings")
        add("--random-seed", type=int, default=1)
        add("--date", type=date.fromisoformat, help="the seed's (default: today, UTC)")
        flag("--reset", help="throw real people's data away")
        flag("--if-empty", help="do nothing where there are users already")
        flag("--destroy-production-data", help="with --reset, even in production")

    def handle(self, *args: Any, **options: Any) -> None:
        meant = options["reset"] and options["destroy_production_data"]
        if settings.PRODUCTION and not meant:
            allowed = "--reset --destroy-production-data allows that."
            raise CommandError(
                f"This is production. A seed would destroy it: {allowed}"
            )
        if options["if_empty"] and run.is_inhabited():
            self.stdout.write("There are users already: nothing is seeded.")
            return
        day = options["date"] or datetime.now(UTC).date()
        names = ("scale", "random_seed", "reset", "profile", "size")
        scale, random_seed, reset, profile, size = (options[name] for name in names)
        request = run.Request(scale, random_seed, day, reset, profile, size)
        try:
            with Bars(self.stderr) as bars:
                report = run.seed(request, bars.advance)
        except (run.Refused, verify.Broken, ValueError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            said = "Broken off. The database is as it was before."
            raise CommandError(said, returncode=130) from None
        self.stdout.write("\n".join(told(report)))

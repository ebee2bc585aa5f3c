"""``manage.py walltimes``: sessions back to their wall time, now (docs/deploy.md)."""

from argparse import RawDescriptionHelpFormatter
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from bookings.operations.time_zones import keep_wall_time
from bookings.queries import wall_times
from gymsite.core.models import Branch

EXAMPLES = """examples:
  manage.py walltimes --dry-run   what an upgrade of tzdata would move
  manage.py walltimes             move it, with bookings and turns; members are told
"""


class Command(BaseCommand):
    help = (
        "Move the sessions ahead that are off their class's wall time, as the nightly "
        "job does."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLES
        parser.add_argument(
            "--dry-run", action="store_true", help="only say what would move"
        )

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        now, put_off = timezone.now(), 0
        for branch in Branch.objects.order_by("slug"):
            self._preview(branch, now)
            if not dry_run:
                batch = keep_wall_time(branch_id=branch.pk, now=now)
                self.stdout.write(
                    f"  {len(batch.values)} done, {batch.failed} put off."
                )
                put_off += batch.failed
        if put_off:
            raise CommandError(
                f"{put_off} sessions are put off until tonight; staff see why on their "
                "start page."
            )

    def _preview(self, branch: Branch, now: datetime) -> None:
        moves = wall_times.moves(branch, branch.zone, now)
        found = [move for move in moves if move.shifts]
        counted = wall_times.what_moves(found)
        self.stdout.write(
            f"{branch.slug} ({branch.time_zone}): {len(found)} sessions off their wall "
            f"time, with {counted.booked} places and {counted.waiting} turns; "
            f"{counted.clashing} members are booked elsewhere then, {counted.taken} "
            "sessions meet a taken room or trainer, "
            f"{wall_times.staying(branch, branch.zone, now)} start too soon to be "
            "moved."
        )

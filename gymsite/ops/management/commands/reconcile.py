"""Check every invariant of the whole database (gymsite.ops.reconcile)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gymsite.ops import reconcile


class Command(BaseCommand):
    help = "Check every invariant; prints each with OK or the rows that break it, and fails if any does."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for invariant in reconcile.INVARIANTS:
            rows = reconcile.breaking(invariant)
            broken += bool(rows)
            self.stdout.write(f"{'BROKEN' if rows else 'OK':<7}{invariant.name}: {invariant.says}")
            for row in rows:
                self.stdout.write(f"       {row}")
        if broken:
            raise CommandError(f"{broken} of {len(reconcile.INVARIANTS)} invariants do not hold.")
        self.stdout.write(f"All {len(reconcile.INVARIANTS)} invariants hold.")

"""``manage.py sweep_payments``: finish what crashes and silent gateways left open."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from gymsite.payments.operations import sweep


class Command(BaseCommand):
    help = (
        "Ask the gateway about each open payment whose time has come, and settle it "
        "or give it back."
    )

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{sweep(now=timezone.now())} looked at.")

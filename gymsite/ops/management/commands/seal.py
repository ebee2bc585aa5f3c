"""``manage.py seal``: stored secrets anew under the first of GYMSITE_CODE_KEYS."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from gymsite.accounts.sealed import Unopened, sealed_anew

EXAMPLES = """examples:
  GYMSITE_CODE_KEYS=new,old manage.py seal   after it, the old key can go
  manage.py seal                             secrets kept in plain text are sealed
"""


class Command(BaseCommand):
    help = (
        "Seal the secrets of all authenticator apps under the first key. Safe to "
        "interrupt and to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLES

    def handle(self, *args: Any, **options: Any) -> None:
        apps = Authenticator.objects.filter(type=Authenticator.Type.TOTP).order_by("pk")
        done = 0
        for key in apps.values_list("pk", flat=True).iterator():
            self._seal(key)
            done += 1
        self.stdout.write(f"{done} secrets are sealed under the first key.")

    @transaction.atomic
    def _seal(self, key: int) -> None:
        app = Authenticator.objects.select_for_update().get(pk=key)
        try:
            app.data["secret"] = sealed_anew(app.data["secret"])
        except Unopened as error:
            raise CommandError(f"{error} (account {app.user_id})") from error
        app.save(update_fields=["data"])

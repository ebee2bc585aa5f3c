"""``manage.py demo``: the whole site on this machine until Ctrl-C.

With GYMSITE_DEBUG=1 by the development server.
"""

import contextlib
import os

from django.core.management.base import BaseCommand, CommandParser

from gymsite.ops import demo


class Command(BaseCommand):
    help = (
        "Start database, web server and job worker, with a small brand in an empty "
        "database; Ctrl-C stops them."
    )
    requires_system_checks = ()  # they would ask the database that is not up yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port", type=int, default=int(os.environ.get("PORT") or 8000)
        )

    def handle(self, *args: object, port: int, **options: object) -> None:
        demo.run(port, say=self._say)

    def _say(self, text: str) -> None:
        # the terminal may be closed already, and still all must be stopped
        with contextlib.suppress(OSError):
            self.stdout.write(text)
            self.stdout.flush()

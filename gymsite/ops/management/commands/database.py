"""``manage.py database start|stop|status|url|psql``: the server this site uses."""

import os

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gymsite.ops import demo
from gymsite.postgres import database
from gymsite.postgres.embedded import Server


class Command(BaseCommand):
    help = (
        "Start or stop the embedded PostgreSQL, say whether it runs, print its "
        "address, or open psql on it."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        actions = ["start", "stop", "status", "url", "psql"]
        parser.add_argument("action", choices=actions)

    def handle(self, *args: object, action: str, **options: object) -> None:
        getattr(self, f"_{action}")()

    def _start(self) -> None:
        self.stdout.write("Started." if self._server().start() else "It runs already.")

    def _stop(self) -> None:
        """Stop the demo first: it would call the loss of its database a failure."""
        home = database.home()
        # a killed run leaves its server
        homes = [
            place for place in (home, home / "test", home / "prove") if place.exists()
        ]
        stopped = [demo.stop(home), *(Server(place).stop() for place in homes)]
        self.stdout.write("Stopped." if any(stopped) else "Nothing was running.")

    def _status(self) -> None:
        running = self._server().alive()
        self.stdout.write("running" if running else "stopped")
        if not running:
            # what init scripts answer for a service that is not running
            raise SystemExit(3)

    def _url(self) -> None:
        self.stdout.write(database.url())

    def _psql(self) -> None:
        database.ensure_running()
        server = database.embedded()
        program = str(server.binaries / "psql") if server else "psql"
        os.execvp(program, [program, database.url()])

    def _server(self) -> Server:
        if server := database.embedded():
            return server
        raise CommandError(
            "DATABASE_URL names the server: it is started and stopped where it runs."
        )

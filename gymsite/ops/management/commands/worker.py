"""``manage.py worker``: run jobs and hand out events, until it is told to stop."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from gymsite.ops import worker


class Command(BaseCommand):
    help = (
        "Run the jobs that wait and hand out events as they come, until Ctrl-C or "
        "SIGTERM. A second one is safe."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--concurrency",
            type=int,
            default=worker.CONCURRENCY,
            help="jobs at once; %(default)s",
        )
        parser.add_argument(
            "--patience",
            type=float,
            default=worker.PATIENCE,
            help="seconds that jobs in hand have when it is stopped; %(default)s",
        )
        parser.add_argument(
            "--nice",
            type=int,
            default=worker.POLITENESS,
            choices=range(20),
            metavar="0..19",
            help="how far it stands back where others want the processor; %(default)s",
        )

    def handle(
        self, *args: Any, concurrency: int, patience: float, nice: int, **options: Any
    ) -> None:
        worker.run(concurrency=concurrency, patience=patience, politeness=nice)

"""A command that finds something out and tells it: to people, to machines, to docs/."""

import json
from argparse import RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console

from gymsite.ops.reporting import documents
from gymsite.ops.reporting.pieces import Piece, markdown, show

WIDTH = 180  # a table of figures is no narrower where nobody sees its edge
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """The same as ``data`` for machines and as ``pieces`` for people.

    ``page`` is what docs/ shows, the pieces where it is left out; ``failure`` says why
    the exit status is 1.
    """

    data: Any
    pieces: Sequence[Piece]
    failure: str = ""
    page: Sequence[Piece] = ()


class ReportingCommand(BaseCommand):
    """``name`` is the command's, ``page`` a file of docs/ with its marks.

    What ``find`` raises of ``refusals`` ends the command with exit status ``refused``;
    ``broken_off`` is said after Ctrl-C. A command that is ``quick`` says what it does
    to a terminal only.
    """

    name = ""
    page = ""
    examples = ""
    broken_off = "Broken off; nothing was changed."
    refusals: tuple[type[Exception], ...] = ()
    refused = 1
    quick = False

    def find(self, options: dict[str, Any], say: Say) -> Found:
        """Do the work; ``say`` hears what is done now."""
        raise NotImplementedError

    def create_parser(self, *names: Any, **options: Any) -> CommandParser:
        shape = RawDescriptionHelpFormatter
        options |= {"epilog": self.examples, "formatter_class": shape}
        return super().create_parser(*names, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--json", action="store_true", help="print JSON instead of tables")
        add(
            "--output",
            type=Path,
            metavar="FILE",
            help="write the JSON there too; into a folder under the day's name",
        )
        add("--write-docs", action="store_true", help=f"put it into docs/{self.page}")

    def handle(self, *args: Any, **options: Any) -> None:
        found = self._found(options)
        if options["output"]:
            self._file(options["output"]).write_text(as_json(found.data))
        if options["write_docs"]:
            text = markdown(found.page or found.pieces)
            documents.write(documents.FOLDER / self.page, self.name, text)
        if options["json"]:
            self.stdout.write(as_json(found.data))
        else:
            screen: Any = self.stdout
            show(Console(file=screen, width=width()), found.pieces)
        if found.failure:
            raise CommandError(found.failure)

    def _file(self, output: Path) -> Path:
        """Of a folder the file in it that has the command's name and the day (UTC)."""
        if not output.is_dir():
            return output
        return output / f"{self.name}-{timezone.now():%Y-%m-%d}.json"

    def _found(self, options: dict[str, Any]) -> Found:
        try:
            with following(quick=self.quick) as say:
                return self.find(options, say)
        except KeyboardInterrupt:
            raise CommandError(self.broken_off, returncode=130) from None
        except self.refusals as error:
            said = f"{error}\n{getattr(error, 'output', '') or ''}".strip()
            raise CommandError(said, returncode=self.refused) from None


@contextmanager
def following(*, quick: bool) -> Iterator[Say]:
    """One line that changes on a terminal; elsewhere, such as in a log, one a step."""
    console = Console(stderr=True, log_path=False)
    if console.is_terminal:
        with console.status("beginning") as status:
            yield status.update
    elif quick:
        yield lambda text: None
    else:
        yield partial(console.log, highlight=False, markup=False)


def width() -> int:
    return max(Console().width, WIDTH)


def as_json(data: Any) -> str:
    return json.dumps(data, indent=1, default=str, ensure_ascii=False) + "\n"

"""Where an audit goes: as text or JSON to the screen or a file, or into the documentation."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from gymsite.ops import documents

from . import show
from .checks import CHECKS
from .report import Change, Report

WIDTH = 160


@dataclass(frozen=True, slots=True)
class Output:
    """What the command was asked for."""

    as_json: bool
    path: Path | None
    figures: bool

    def write(self, screen: Any, found: Report, old: Report | None, changes: Sequence[Change] | None) -> None:
        with ExitStack() as stack:
            file: Any = stack.enter_context(self.path.open("w")) if self.path else screen
            if self.as_json:
                file.write(found.as_json(changes))
            else:
                console = Console(file=file, width=max(Console().width, WIDTH))
                show.everything(console, found, old, changes, figures=self.figures)


def write_docs(path: Path, found: Report) -> None:
    """Put the list of checks and this report between the marks of the document. Raises documents.NoMarks."""
    text = StringIO()
    show.report(Console(file=text, width=WIDTH), found)
    documents.write(path, "audit", f"{table()}\n## On the seeded brand\n\n{documents.block(text.getvalue())}")


def table() -> str:
    """Every check and what holds while it is green, as Markdown."""
    rows = "".join(f"| `{check.name}` | {check.says} |\n" for check in CHECKS)
    return f"| check | while it is green |\n|---|---|\n{rows}"

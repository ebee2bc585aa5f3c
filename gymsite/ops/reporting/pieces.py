"""What a report is made of, for a terminal and for Markdown.

Colour follows the words, so nothing is told by colour alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

INDENT = 12
STYLES = {
    **dict.fromkeys(("BROKEN", "FAILED", "MISSED", "VIOLATED"), "bold red"),
    **dict.fromkeys(("critical", "worse"), "bold red"),
    **dict.fromkeys(("warning", "unavailable"), "yellow"),
    **dict.fromkeys(("OK", "ok", "better"), "green"),
}


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A column that no row fills is left out; those in ``left`` hold words."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: Collection[str]

    def trimmed(self) -> "Table":
        used = [
            n for n in range(len(self.headings)) if any(row[n] for row in self.rows)
        ]
        rows = [[row[n] for n in used] for row in self.rows]
        return Table([self.headings[n] for n in used], rows, self.left)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that keep their shape."""

    lines: Sequence[str]


Piece = str | Heading | Table | Lines


def judged(state: str, says: str, *details: str) -> list[str]:
    """A state and what it is of, with all that there is to say about it below."""
    below = (f"{'':<{INDENT}}{detail}" for detail in details)
    return [f"{state:<{INDENT}}{says}", *below]


def show(console: Console, pieces: Sequence[Piece]) -> None:
    for piece in pieces:
        match piece:
            case Heading(text):
                console.print(f"\n{escape(text)}", style="bold", highlight=False)
            case Table():
                console.print(_grid(piece.trimmed()))
            case Lines(lines):
                for line in lines:
                    _print(console, line)
            case _:
                _print(console, piece)


def _print(console: Console, line: str) -> None:
    style = _style(line.split(maxsplit=1)[:1])
    console.print(line, style=style, highlight=False, markup=False, soft_wrap=True)


def _grid(table: Table) -> Grid:
    grid = Grid()
    for heading in table.headings:
        grid.add_column(heading, overflow="fold")
        grid.columns[-1].justify = "left" if heading in table.left else "right"
    for row in table.rows:
        grid.add_row(*map(escape, row), style=_style(row))
    return grid


def _style(words: Sequence[str]) -> str | None:
    return next((STYLES[word] for word in words if word in STYLES), None)


def markdown(pieces: Sequence[Piece]) -> str:
    return "\n\n".join(map(_written, pieces))


def _written(piece: Piece) -> str:
    match piece:
        case Heading(text):
            return f"### {text}"
        case Table():
            return "\n".join(_rows(piece.trimmed()))
        case Lines(lines):
            return "\n".join(f"    {line}".rstrip() for line in lines)
        case _:
            return piece


def _rows(table: Table) -> list[str]:
    rules = ["---" if heading in table.left else "---:" for heading in table.headings]
    cells = [[cell.replace("|", "\\|") for cell in row] for row in table.rows]
    return [f"| {' | '.join(row)} |" for row in (table.headings, rules, *cells)]

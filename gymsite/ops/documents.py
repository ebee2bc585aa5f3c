"""Pages of docs/ that tell what a command found: by hand but for what stands between the command's two marks."""

from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from rich.console import Console

FOLDER = settings.BASE_DIR / "docs"


class NoMarks(ValueError):
    """The page has no place for it."""


def marks(command: str) -> tuple[str, str]:
    return f"<!-- {command}: begin, written by manage.py {command} --write-docs -->", f"<!-- {command}: end -->"


def write(page: Path, command: str, text: str) -> None:
    """Put ``text`` (Markdown) between the marks of the command, in place of what stands there. Raises NoMarks."""
    begin, end = marks(command)
    before, begun, rest = page.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise NoMarks(f"{page.name} has lost its marks for what {command} found.")
    page.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}")


def measured_on(about: dict[str, Any]) -> str:
    """When and on what it was measured: of machine.about_machine, with ``at``, ``postgresql``, ``server``."""
    after = f"; after: {three(about['load_after'])}" if about.get("load_after") else ""
    server = f", {about['server']}" if about.get("server") else ""
    return (
        f"Measured {about['at']} on {about['cores']} cores ({about['processor']}), {about['memory_gb']} GB; Python "
        f"{about['python']}, Django {about['django']}, PostgreSQL {about['postgresql']}{server}. "
        f"Load average of 1, 5 and 15 minutes before: {three(about['load_before'])}{after}."
    )


def three(load: Any) -> str:
    return ", ".join(map(str, load))


def drawn(*parts: Any, width: int) -> str:
    """What rich draws for a terminal, as a block of code in Markdown."""
    text = StringIO()
    Console(file=text, width=width).print(*parts, sep="\n")
    return block(text.getvalue())


def block(text: str) -> str:
    return "".join(f"    {line.rstrip()}\n" if line.strip() else "\n" for line in text.splitlines())

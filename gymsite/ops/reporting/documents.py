"""Pages of docs/, by hand but for what stands between a command's two marks."""

from pathlib import Path
from typing import Any

from django.conf import settings

FOLDER = settings.BASE_DIR / "docs"


class NoMarks(ValueError):
    """The page has no place for it."""


def marks(command: str) -> tuple[str, str]:
    return (
        f"<!-- {command}: begin, written by manage.py {command} --write-docs -->",
        f"<!-- {command}: end -->",
    )


def write(page: Path, command: str, text: str) -> None:
    """Put Markdown between the marks of the command.

    In place of what stands there. Raises NoMarks.
    """
    begin, end = marks(command)
    before, begun, rest = page.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise NoMarks(f"{page.name} has lost its marks for what {command} found.")
    page.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}")


def measured_on(about: dict[str, Any]) -> str:
    """When and on what it was measured.

    Of machine.about_machine, with ``at``; ``postgresql`` and ``server`` if any.
    """
    database = f", PostgreSQL {about['postgresql']}" if "postgresql" in about else ""
    server = f", {about['server']}" if "server" in about else ""
    after = f"; after: {three(about['load_after'])}" if "load_after" in about else ""
    return (
        f"Measured {about['at']} on {about['cores']} cores ({about['processor']}), "
        f"{about['memory_gb']} GB; Python {about['python']}, Django "
        f"{about['django']}{database}{server}. Load average of 1, 5 and 15 minutes "
        f"before: {three(about['load_before'])}{after}."
    )


def three(load: Any) -> str:
    return ", ".join(map(str, load))

"""Where a report goes: to the screen as tables or JSON, to a file, to a page."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from gymsite.ops import documents

from . import html, markdown, text

DOCS = documents.FOLDER / "indexlab.md"
WIDTH = 200
FEW = 3  # queries whose plans are printed too


def write(report: dict[str, Any], *, as_json: bool, file: Path | None, page: Path | None, docs: bool = False) -> None:
    """All of it that was asked for."""
    told = json.dumps(report, indent=1, default=str)
    if file:
        file.write_text(f"{told}\n")
    if page:
        page.write_text(html.page(report))
    if docs:
        markdown.write(DOCS, report)
    if as_json:
        Console(soft_wrap=True).print(told, highlight=False, markup=False)
        return
    _shown(Console(width=max(Console().width, WIDTH)), report)


def _shown(console: Console, report: dict[str, Any]) -> None:
    if "guard" in report:
        return text.verdicts(console, report["guard"])
    trial = report.get("what_if")
    if trial:
        text.trial(console, trial)
    rows = trial["queries"] if trial else report["queries"]
    text.findings(console, rows)
    if len(rows) <= FEW:
        for row in rows:
            text.plan(console, row)
    return None

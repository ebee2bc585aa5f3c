"""An audit as text for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from . import words
from .model import Level, Result, State
from .report import Change, Report

STATES = {State.OK: "[green]ok[/]         ", State.UNAVAILABLE: "[yellow]unavailable[/]"}
LEVELS = {
    Level.INFO: "[cyan]info[/]       ",
    Level.WARNING: "[bold yellow]warning[/]    ",
    Level.CRITICAL: "[bold red]critical[/]   ",
}
INDENT = " " * 12
MOST_ROWS = 15


def everything(
    console: Console, audit: Report, old: Report | None, changes: Sequence[Change] | None, *, figures: bool = False
) -> None:
    report(console, audit, figures=figures)
    if old and changes is not None:
        compared(console, old, changes)


def report(console: Console, audit: Report, *, figures: bool = False) -> None:
    server = audit.server
    console.print(
        f"[bold]{escape(server.database)}[/] on PostgreSQL {escape(server.version)}, as {escape(server.role)}"
        f"{' (superuser)' if server.superuser else ''}; statistics of {words.span(server.counted_for)}",
        highlight=False,
    )
    for result in audit.results:
        _result(console, result)
        if figures and result.figures:
            console.print(_table(result))
    _totals(console, audit)


def _result(console: Console, result: Result) -> None:
    mark = STATES.get(result.state) or LEVELS[result.level]
    _line(console, f"{mark} [bold]{result.name}[/]  {escape(result.says)} [dim]{escape(result.sums)}[/]")
    if result.reason:
        _line(console, f"{INDENT}not seen: {escape(result.reason)}")
    for finding in result.open:
        _line(console, f"{INDENT}{LEVELS[finding.level].strip()} {escape(finding.subject)}: {escape(finding.says)}")
        _line(console, f"{INDENT}  -> {escape(finding.remedy)}")
    for reason, subjects in result.accepted.items():
        _line(console, f"{INDENT}[dim]accepted, as {escape(reason)}: {escape(', '.join(subjects))}[/]")


def _table(result: Result) -> Table:
    table = Table(title=result.name, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name, value in result.figures[0].items():
        table.add_column(name, justify="right" if isinstance(value, int | float) else "left", max_width=70)
    for row in result.figures[:MOST_ROWS]:
        table.add_row(*(escape(words.cell(value)) for value in row.values()))
    if len(result.figures) > MOST_ROWS:
        table.caption = f"and {len(result.figures) - MOST_ROWS} more (--json has all)"
    return table


def _totals(console: Console, audit: Report) -> None:
    found = ", ".join(
        f"{sum(finding.level == level for finding in audit.reaches(level))} {level.word}"
        for level in (Level.CRITICAL, Level.WARNING, Level.INFO)
    )
    _line(
        console,
        f"{len(audit.results)} checks: {audit.count(State.OK)} ok, {audit.count(State.FINDING)} with findings"
        f" ({found}), {audit.count(State.UNAVAILABLE)} unavailable",
    )


def compared(console: Console, since: Report, found: Sequence[Change]) -> None:
    """What got worse first, then what got better."""
    worse = sum(change.worse for change in found)
    _line(console, f"\n[bold]Since {since.at:%Y-%m-%d %H:%M} UTC[/]: {worse} worse, {len(found) - worse} better")
    for change in sorted(found, key=lambda change: not change.worse):
        mark = "[red]worse [/]" if change.worse else "[green]better[/]"
        _line(console, f"{mark} [bold]{change.check}[/]  {escape(change.says)}")


def _line(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)

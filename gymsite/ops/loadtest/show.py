"""A report as tables for people."""

from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from gymsite.ops import documents
from gymsite.ops.bench.report import number

from .results import Action, Judgement, Report, Run

DOCS = documents.FOLDER / "loadtest.md"
WIDTH = 110
VERDICTS = {True: "met", False: "MISSED", None: "not judged"}


def show(console: Console, report: Report) -> None:
    for run in report.runs:
        console.print(Group(*_parts(run)))
    judgements = [each for run in report.runs for each in run.judgements if each.met is not None]
    console.print(f"{len(judgements) - len(report.missed)} of {len(judgements)} thresholds met.")


def write_docs(page: Path, report: Report) -> None:
    """Put the report between the marks of the document. Raises documents.NoMarks."""
    sizes = ", ".join(f"{count:,} {name}" for name, count in report.about["sizes"].items())
    parts = [documents.measured_on(report.about), f"The brand: {sizes}."]
    parts += [documents.drawn(*_parts(run), width=WIDTH) for run in report.runs]
    documents.write(page, "loadtest", "\n\n".join(parts))


def _parts(run: Run) -> list[RenderableType]:
    errors = [f"{each.name}: {each.first}" for each in run.actions if each.first]
    broken = [f"{name}: {row}" for name, rows in run.broken.items() for row in rows]
    return [
        Text(f"\n{run.profile}: {run.says}", style="bold"),
        _actions([*run.actions, run.total]),
        _steps(run),
        _usage(run),
        _opening(run),
        *(Text(line, style="red") for line in (*errors, *broken)),
        _judgements(run.judgements),
    ]


def _actions(actions: list[Action]) -> Table:
    table = _table("action", "requests", "p50 ms", "p95 ms", "p99 ms", "refused", "errors", "error rate")
    for each in actions:
        times = [number(each.times.p50), number(each.times.p95), number(each.times.p99)]
        counts = [str(each.refused or ""), str(each.errors or ""), f"{each.error_rate:.2%}" if each.errors else ""]
        table.add_row(each.name, f"{each.requests:,}", *times, *counts, style="bold" if each.name == "all" else "")
    return table


def _steps(run: Run) -> Table:
    table = _table("users", "seconds", "requests/s", "p50 ms", "p95 ms", "p99 ms")
    for step in run.steps:
        times = [number(step.times.p50), number(step.times.p95), number(step.times.p99)] if step.times else [""] * 3
        table.add_row(step.users, f"{step.begins:g} to {step.ends:g}", number(step.rate), *times)
    return table


def _usage(run: Run) -> Table:
    table = _table("part", "CPU, cores", "memory of its largest process, MB")
    usage = run.usage
    for part in dict.fromkeys([*usage.cpu, *usage.memory]):
        cpu = usage.cpu.get(part)
        memory = usage.memory.get(part)
        table.add_row(part, f"{cpu:.2f}" if cpu is not None else "", f"{memory:,.0f}" if memory else "")
    table.add_row("whole machine, others too", f"{usage.machine:.0%} of all", "")
    return table


def _opening(run: Run) -> Text:
    found, held, opening = run.usage, run.usage.connections, run.opening
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(opening.statuses.items()))
    cost = f"; a request cost {number(run.cpu_a_request)} ms of the server's CPU" if run.cpu_a_request else ""
    return Text(
        f"Opening second: {opening.people} members at once for {opening.places} places: {statuses};"
        f" all answered in {opening.seconds:.2f} s.\n"
        f"Database connections, the most at one of {held['samples']} looks: {held['open']} open, {held['active']} at"
        f" work, {held['waiting']} waiting for a lock; {held['allowed']} are allowed.\n"
        f"Locust used {run.client_share:.0%} of one core of the same machine, think time {run.think[0]:g} to"
        f" {run.think[1]:g} s; the run took {found.seconds:.0f} s{cost}; load average"
        f" {documents.three(run.load_before)} before,"
        f" {documents.three(run.load_after)} after."
    )


def _judgements(judgements: list[Judgement]) -> Table:
    table = _table("asked", "limit", "found", "", right=False)
    for each in judgements:
        style = "bold red" if each.met is False else ""
        table.add_row(each.name, each.limit, each.found, VERDICTS[each.met], style=style)
    return table


def _table(*headings: str, right: bool = True) -> Table:
    table = Table()
    for turn, heading in enumerate(headings):
        table.add_column(heading, justify="right" if turn and right else "left", overflow="fold")
    return table

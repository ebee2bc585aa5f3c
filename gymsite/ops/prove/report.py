"""What was proved, as a table for people and as JSON for machines."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from gymsite.ops import documents

from .contest import Score


@dataclass(slots=True)
class Report:
    """``recovering`` and ``seconds`` are seconds; ``broken`` maps an invariant of reconcile to rows that break it."""

    about: dict[str, Any]
    control: str
    promises: dict[str, str]
    rounds: int
    kills: dict[str, int]
    recovering: float
    seconds: float
    deadlocks: int
    scores: list[Score]
    broken: dict[str, list[str]]

    @property
    def attempts(self) -> int:
        return sum(score.attempts for score in self.scores)

    @property
    def holds(self) -> bool:
        return not (self.deadlocks or self.broken or any(score.violations for score in self.scores))

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"attempts": self.attempts, "holds": self.holds}


Tell = Callable[[int, int, str], None]  # (rounds done, of, what happens now)
WIDTH = 130
DOCS = documents.FOLDER / "prove.md"
HEADINGS = ("contest", "heats", "attempts", "winners", "capacity", "refused", "killed over", "lost", "doubled")


@contextmanager
def following() -> Iterator[Tell]:
    """One line that changes on a terminal; elsewhere, such as in a log of CI, a line for each that happens."""
    console = Console(stderr=True, log_path=False)
    if not console.is_terminal:
        yield lambda done, of, text: console.log(f"round {done} of {of}: {text}")
        return
    with console.status("starting a PostgreSQL of its own") as status:
        yield lambda done, of, text: status.update(f"round {done} of {of}: {text}")


def tell(reports: Sequence[Report], *, as_json: bool, output: Path | None, write_docs: bool) -> None:
    """Print the reports and write them to a file; a single one stands for itself in JSON, several as a list."""
    found = [report.as_json() for report in reports]
    text = json.dumps(found[0] if len(found) == 1 else found, indent=1, default=str)
    if output:
        output.write_text(text + "\n")
    if write_docs:
        document(DOCS, reports)
    if as_json:
        sys.stdout.write(text + "\n")
        return
    for report in reports:
        show(Console(), report)


def document(page: Path, reports: Sequence[Report]) -> None:
    documents.write(page, "prove", "".join(_markdown(report) for report in reports))


def _markdown(report: Report) -> str:
    lines = [f"\nWithout the guard `{report.control}`:"] if report.control else []
    table = [list(HEADINGS), ["---"] * len(HEADINGS), *(_cells(score) for score in report.scores)]
    lines += ["", *(f"| {' | '.join(row)} |" for row in table), ""]
    lines += [f"- {line}" for line in [*_summary(report), *_violations(report)]]
    return "\n".join(lines) + "\n"


def show(console: Console, report: Report) -> None:
    console.width = max(console.width, WIDTH)
    if report.control:
        console.print(f"Guard taken away: {report.control}", style="bold")
    table = Table()
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in ("contest", "refused") else "right")
    for score in report.scores:
        table.add_row(*_cells(score), style="bold red" if score.violations else "")
    console.print(table)
    for line in [*_summary(report), *_violations(report)]:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _cells(score: Score) -> list[str]:
    refused = ", ".join(
        f"{code} {count:,}" for code, count in sorted(score.refusals.items(), key=lambda pair: -pair[1])
    )
    numbers = (score.heats, score.attempts, score.winners, score.capacity)
    fates = (score.silences, score.lost, score.doubled)
    return [score.name, *(f"{number:,}" for number in numbers), refused, *(f"{number:,}" for number in fates)]


def _summary(report: Report) -> list[str]:
    kills = ", ".join(f"{name} {count}" for name, count in report.kills.items()) or "nothing"
    fates = ("lost", "doubled", "kept", "unpaid")
    lost, doubled, kept, unpaid = (sum(getattr(score, name) for score in report.scores) for name in fates)
    return [
        f"{report.attempts:,} attempts in {report.rounds} rounds by {report.about['clients']}, {report.seconds:.1f} s.",
        f"Killed: {kills}; {report.recovering:.1f} s until all were up again.",
        f"Acknowledged answers lost: {lost}. Doubled: {doubled}. Deadlocks: {report.deadlocks}.",
        f"Money kept without its thing: {kept}. Things without their money: {unpaid}.",
        "The database promised: " + ", ".join(f"{name} {value}" for name, value in report.promises.items()) + ".",
    ]


def _violations(report: Report) -> list[str]:
    told = [f"VIOLATED {text}" for score in report.scores for text in score.told]
    told += [f"VIOLATED invariant {name}: {', '.join(rows)}" for name, rows in report.broken.items()]
    if report.deadlocks:
        told.append(f"VIOLATED the order of locks: {report.deadlocks} deadlocks")
    more = sum(score.violations - len(score.told) for score in report.scores)
    if more:
        told.append(f"... and {more:,} more")
    return told or ["Everything that was answered is so, and nothing else."]

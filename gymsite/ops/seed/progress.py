"""Progress of the seed: bars on a terminal, plain lines elsewhere."""

import sys
import threading
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from gymsite.ops.seed import accounts
from gymsite.ops.seed.run import Report

STEPS = {"rows": "rows copied", "jobs": "tables, indexes and checks"}


class Bars:
    """Counts rows and jobs done. Jobs report from several threads."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._rows = 0
        self._progress: Progress | None = None

    def __enter__(self) -> "Bars":
        if self._stream.isatty():
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._progress = Progress(
                *columns, console=Console(file=sys.stderr), transient=True
            )
            self._tasks = {
                step: self._progress.add_task(words, total=None)
                for step, words in STEPS.items()
            }
            self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._progress:
            self._progress.stop()

    def advance(self, job: str, rows: int) -> None:
        with self._lock:
            self._rows += rows
            if self._progress:
                self._progress.advance(self._tasks["rows"], rows)
                self._progress.advance(self._tasks["jobs"])
            elif rows > 100_000:
                self._stream.write(f"{job}: {rows:,} rows, {self._rows:,} so far")


def told(report: Report) -> list[str]:
    """What a run made, line by line, and who may log in."""
    rows = sum(report.rows.values())
    made = [
        f"{name:<28}{count:>12,}"
        for name, count in sorted(report.rows.items())
        if count
    ]
    return [
        *made,
        f"{rows:,} rows in {report.seconds:.1f} s; all {report.checks} checks hold",
        f"checksum {report.checksum}",
        *accounts.described(),
    ]

"""Asks every invariant, each in a read-only transaction, over a few connections."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection, connections, transaction

from gymsite.ops.invariants import Invariant

CONNECTIONS = 2  # each may use parallel workers besides
# Enough for the small side of each join. With 128 MB the planner builds hash tables of
# a million ledger entries, which took 1.3 times as long in all (10.9 million rows) as
# the sorted walks along the indexes that it chooses with less.
WORK_MEM = "16MB"


@dataclass(slots=True)
class Result:
    """``rows`` are the first of the ``count`` that break the invariant.

    ``error`` says why it could not be asked.
    """

    invariant: Invariant
    count: int = 0
    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""

    @property
    def holds(self) -> bool:
        return not self.count and not self.error

    @property
    def state(self) -> str:
        if self.error:
            return "FAILED"
        return "BROKEN" if self.count else "OK"

    def as_data(self) -> dict[str, Any]:
        shown = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        found = {
            "name": self.invariant.name,
            "says": self.invariant.says,
            "state": self.state,
            "count": self.count,
        }
        return found | {
            "rows": shown,
            "seconds": round(self.seconds, 3),
            "error": self.error,
        }


def ask(invariant: Invariant, *, shown: int, longest: float = 0) -> Result:
    """Ask one on this thread's connection, for ``longest`` seconds (0: no limit).

    A statement that fails is a result too.
    """
    result, began = Result(invariant), time.perf_counter()
    try:
        with reading(longest) as cursor:
            cursor.execute(invariant.counted(shown))
            _fill(result, cursor)
    except DatabaseError as error:
        result.error = str(error).strip()
    result.seconds = time.perf_counter() - began
    return result


def _fill(result: Result, cursor: Any) -> None:
    result.columns = [column.name for column in cursor.description[1:]]
    for count, *row in cursor.fetchall():
        result.count = count
        result.rows.append(row)


class reading:
    """``with reading() as cursor``: a transaction that can't write.

    It has the memory that was measured to serve best.
    """

    def __init__(self, longest: float = 0) -> None:
        self._milliseconds = int(longest * 1000)

    def __enter__(self) -> Any:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        self._cursor = connection.cursor()
        self._cursor.execute("SET TRANSACTION READ ONLY")
        self._cursor.execute(f"SET LOCAL work_mem = '{WORK_MEM}'")
        self._cursor.execute(f"SET LOCAL statement_timeout = {self._milliseconds}")
        return self._cursor

    def __exit__(self, *error: Any) -> None:
        self._cursor.close()
        self._atomic.__exit__(*error)


def ask_all(
    invariants: Sequence[Invariant],
    *,
    shown: int = 10,
    parallel: int = CONNECTIONS,
    tell: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """The result of each invariant, in their order.

    ``tell`` hears of each as it comes, in one thread at a time.

    With ``parallel`` 1 all is asked on this thread's own connection, within its
    transaction if it has one.
    """
    results: dict[str, Result] = {}
    waiting, lock = list(reversed(invariants)), threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                invariant = waiting.pop()
            result = ask(invariant, shown=shown)
            with lock:
                results[invariant.name] = result
                tell(result)

    def work_and_close() -> None:
        try:
            work()
        finally:
            connections.close_all()

    if parallel == 1:
        work()
    else:
        threads = [
            threading.Thread(target=work_and_close, daemon=True)
            for _ in range(parallel)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return [results[invariant.name] for invariant in invariants]


def plan(invariant: Invariant) -> list[str]:
    """How PostgreSQL asks it, with times and buffers, line by line."""
    with reading() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {invariant.sql}")
        return [line for (line,) in cursor.fetchall()]

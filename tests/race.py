"""Real races: many calls over many connections at once, and injected rivals.

A rival is injected at a named point of the code. There are three tools. ``race`` lets
calls loose together and counts what came of each, exactly: luck decides the order,
never the result. ``Rendezvous`` is for interleavings that luck would seldom find: it
holds each party at a named point of the code until the others have reached theirs.
``while_held`` lets calls run into a transaction that is not over yet.

Production runs with 4 to 16 connections (more would serve a hot row more slowly), so a
crowd of 200 callers goes through a pool (``CONNECTIONS``), which also makes them queue
for the same row.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import Model

from gymsite.core.errors import DomainError

CONNECTIONS = 16
WORKER_NAME = "gymsite race"
OK = "ok"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call came to: a value, or the refusal or failure that it raised."""

    value: Any = None
    error: Exception | None = None

    @property
    def code(self) -> str:
        """What became of the call, in one word.

        That is ``ok``, a domain error's code, a database error's SQLSTATE, or the
        exception's class.
        """
        if self.error is None:
            return OK
        if isinstance(self.error, DomainError):
            return self.error.code
        return (
            getattr(self.error.__cause__, "sqlstate", None) or type(self.error).__name__
        )


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcomes of a race in the order of its calls."""

    all: list[Outcome]

    @property
    def codes(self) -> Counter[str]:
        return Counter(outcome.code for outcome in self.all)

    @property
    def values(self) -> list[Any]:
        """What the calls returned that succeeded."""
        return [outcome.value for outcome in self.all if outcome.error is None]


def race(
    calls: Sequence[Callable[[], Any]], *, connections: int = CONNECTIONS
) -> Outcomes:
    """Run every call once over ``connections`` connections.

    The calls are let loose together when all of them are open.
    """
    waiting: SimpleQueue[tuple[int, Callable[[], Any]]] = SimpleQueue()
    for numbered in enumerate(calls):
        waiting.put(numbered)
    outcomes: list[Outcome] = [Outcome(error=RuntimeError("never ran"))] * len(calls)
    parties = min(connections, len(calls))
    start = threading.Barrier(parties)
    workers = [
        threading.Thread(target=_work, args=(start, waiting, outcomes), daemon=True)
        for _ in range(parties)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
        assert not worker.is_alive(), "a call of the race hangs"
    return Outcomes(outcomes)


def at_once(
    call: Callable[..., Any], each: Iterable[dict[str, Any]], **shared: Any
) -> Outcomes:
    """A ``race`` of one operation with different arguments."""
    return race(
        [lambda arguments=arguments: call(**shared, **arguments) for arguments in each]
    )


def _work(
    start: threading.Barrier, waiting: SimpleQueue, outcomes: list[Outcome]
) -> None:
    try:
        with connection.cursor() as cursor:  # this opens the thread's own connection
            cursor.execute(
                f"SET application_name = '{WORKER_NAME}'; SET statement_timeout = '60s'"
            )
        start.wait(timeout=60)
        while True:
            number, call = waiting.get_nowait()
            outcomes[number] = _outcome(call)
    except Empty:
        pass
    finally:
        connections.close_all()


def _outcome(call: Callable[[], Any]) -> Outcome:
    try:
        return Outcome(value=call())
    except Exception as error:
        return Outcome(error=error)


class Rendezvous:
    """A point in the code at which ``parties`` threads wait for each other, once.

    A party that can't come, since the database makes it wait for another, lets the
    others go after ``patience`` seconds: so a lock that forbids the interleaving shows.
    """

    def __init__(self, parties: int = 2, patience: float = 1.0) -> None:
        self._barrier = threading.Barrier(parties)
        self._patience = patience
        self._came = threading.local()

    def meet(self) -> None:
        """Wait for the others, the first time that a thread comes here."""
        if not getattr(self._came, "yes", False):
            self._came.yes = True
            self.meet_again()

    def meet_again(self) -> None:
        """Wait for the others, however often a thread was here."""
        try:
            self._barrier.wait(timeout=self._patience)
        except threading.BrokenBarrierError:
            return

    @property
    def everybody_came(self) -> bool:
        return not self._barrier.broken


def after(monkeypatch: Any, module: Any, name: str, then: Callable[[], None]) -> None:
    """Call ``then`` whenever ``module.name`` returns.

    That is the named point of an injected rival.
    """
    original = getattr(module, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        value = original(*args, **kwargs)
        then()
        return value

    monkeypatch.setattr(module, name, wrapped)


def while_held(
    hold: Callable[[], Any],
    calls: Sequence[Callable[[], Any]],
    *,
    seen: Callable[[], None] = lambda: None,
) -> Outcomes:
    """The outcomes of calls that meet an open transaction of ``hold``.

    The transaction commits when each of the calls waits or is done. The calls begin one
    after the other, each when the one before it waits. ``seen`` looks at the world just
    before ``hold`` commits.
    """
    outcomes: list[Outcome] = [Outcome(error=RuntimeError("never ran"))] * len(calls)
    workers = [
        threading.Thread(target=_fill, args=(call, n, outcomes), daemon=True)
        for n, call in enumerate(calls)
    ]
    with transaction.atomic():
        hold()
        for number, worker in enumerate(workers):
            worker.start()
            _until_waiting(worker, number + 1)
        seen()
    for worker in workers:
        worker.join(timeout=120)
        assert not worker.is_alive(), "a call hangs"
    return Outcomes(outcomes)


def _fill(call: Callable[[], Any], number: int, outcomes: list[Outcome]) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SET application_name = '{WORKER_NAME}'; SET statement_timeout = '60s'"
            )
        outcomes[number] = _outcome(call)
    finally:
        connections.close_all()


def _until_waiting(worker: threading.Thread, most: int) -> None:
    """Wait until so many of the workers wait for a lock.

    If this one has nothing to wait for, the wait ends at once.
    """
    waiting = 0
    while worker.is_alive() and waiting < most:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                "current_database() AND application_name = %s AND wait_event_type = "
                "'Lock'",
                [WORKER_NAME],
            )
            (waiting,) = cursor.fetchone()
        worker.join(timeout=0.01)


def is_free(model: type[Model], pk: Any, strength: str) -> bool:
    """Whether another connection gets the row's lock of this strength at once."""

    def ask() -> bool:
        with transaction.atomic(), connection.cursor() as cursor:
            table = connection.ops.quote_name(model._meta.db_table)
            key = connection.ops.quote_name(model._meta.pk.column)
            cursor.execute(
                f"SELECT 1 FROM {table} WHERE {key} = %s FOR {strength} SKIP LOCKED",
                [pk],
            )
            return cursor.fetchone() is not None

    return race([ask]).values == [True]


def once(call: Callable[[], Any]) -> Callable[[], None]:
    """A function that runs ``call`` in a new thread and connection, only once.

    The caller waits for it.
    """
    fired = threading.Event()

    def fire() -> None:
        if not fired.is_set():
            fired.set()
            for outcome in race([call]).all:
                if outcome.error:
                    raise outcome.error

    return fire


@contextmanager
def counting_deadlocks() -> Iterator[list[int]]:
    """How many deadlocks the server breaks up meanwhile, by its own statistics.

    Read the list afterwards.
    """
    before, found = _deadlocks(), []
    yield found
    found.append(_deadlocks() - before)


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        while True:  # a server process adds its figures when it exits
            cursor.execute(
                (
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                    "current_database() AND application_name = %s"
                ),
                [WORKER_NAME],
            )
            if cursor.fetchone()[0] == 0:
                break
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        return cursor.fetchone()[0]

"""Two connections that work through one list of jobs, the most urgent first.

They are driven by two threads of one process. What takes time runs in PostgreSQL's two
server processes (or in numpy, which lets go of the interpreter), so threads lose
nothing to processes here and share the columns without a copy.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psycopg

CONNECTIONS = 2


def commit(connection: psycopg.Connection) -> None:
    """Commit, and let the server count what was written at once.

    Rows that are counted after their table was analysed count twice, and as changed
    since.
    """
    connection.execute("SELECT pg_stat_force_next_flush()")
    connection.commit()


@dataclass(slots=True)
class Job:
    """``run`` gets a connection and may commit; a higher ``urgency`` goes first.

    It starts when all of ``after`` are done and nobody else works on the tables it
    ``locks``, or locks those that it ``uses``.
    """

    name: str
    run: Callable[[psycopg.Connection], object]
    after: frozenset[str] = frozenset()
    locks: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    urgency: float = 0.0
    rows: int = 0


@dataclass(slots=True)
class Crew:
    """Threads with a connection each, as a context manager.

    Leaving it early cancels what runs and rolls it back.
    """

    connect: Callable[[], psycopg.Connection]
    finished: Callable[[Job], None]
    _waiting: list[Job] = field(default_factory=list)
    _running: list[Job] = field(default_factory=list)
    _done: set[str] = field(default_factory=set)
    _change: threading.Condition = field(default_factory=threading.Condition)
    _closing: bool = False
    _failure: BaseException | None = None
    _connections: list[psycopg.Connection] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Crew":
        self._connections = [self.connect() for _ in range(CONNECTIONS)]
        self._threads = [
            threading.Thread(
                target=self._work, args=[connection], name=f"seed {number}", daemon=True
            )
            for number, connection in enumerate(self._connections)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        with self._change:
            self._closing = True
            self._change.notify_all()
        if kind or self._failure:
            for connection in self._connections:
                connection.cancel_safe(timeout=5)
        for thread in self._threads:
            thread.join()
        for connection in self._connections:
            connection.close()

    def add(self, jobs: Iterable[Job]) -> None:
        with self._change:
            self._raise_failure()
            self._waiting.extend(jobs)
            self._waiting.sort(key=lambda job: -job.urgency)
            self._change.notify_all()

    def finish(self) -> None:
        """Wait until every job is done; raises what a job raised."""
        with self._change:
            while self._waiting or self._running:
                self._raise_failure()
                if not self._running and self._next() is None:
                    raise RuntimeError(
                        f"Nothing can go on: {[job.name for job in self._waiting]}"
                    )
                self._change.wait(1.0)
            self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure:
            raise self._failure

    def _work(self, connection: psycopg.Connection) -> None:
        while job := self._take():
            try:
                job.run(connection)
                commit(connection)
            except BaseException as error:
                self._fail(error)
                return
            with self._change:
                self._running.remove(job)
                self._done.add(job.name)
                self.finished(job)
                self._change.notify_all()

    def _take(self) -> Job | None:
        with self._change:
            while not self._closing and not self._failure:
                if job := self._next():
                    self._waiting.remove(job)
                    self._running.append(job)
                    return job
                self._change.wait()
        return None

    def _next(self) -> Job | None:
        locked = {table for job in self._running for table in job.locks}
        busy = locked | {table for job in self._running for table in job.uses}
        for job in self._waiting:
            if (
                job.after <= self._done
                and not job.locks & busy
                and not job.uses & locked
            ):
                return job
        return None

    def _fail(self, error: BaseException) -> None:
        with self._change:
            self._failure = self._failure or error
            self._change.notify_all()

"""The job worker: jobs side by side, and a loop that hands out events.

Events are asked for four times a second instead of being announced: a NOTIFY at each
booking would take one lock for all of them at COMMIT. The loop is no job, since a job
that never ends would keep one of the worker's places.
"""

import asyncio
import logging
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from django.db import close_old_connections, connections
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from bookings import tasks as of_bookings
from gymsite.core import tasks as of_core
from gymsite.notifications.tasks import hand_out

log = logging.getLogger(__name__)

# Jobs at once. All that the clock starts share one lock
# (gymsite.core.batches.BY_THE_CLOCK): however long those take, the others have places:
# a job that follows an event waits for no nightly one.
CONCURRENCY = 4
PAUSE = 0.25  # seconds between two looks at the outbox
PAUSE_AFTER_FAILURE = 5.0
PATIENCE = 30.0
# of 19: who waits for a page goes before a notice where both want the processor
POLITENESS = 10
# Linux shares the processor among sessions first, and within each by politeness: a
# session of its own is polite, too.
SESSION = Path("/proc/self/autogroup")
# A house that was shut for months has none for today when it opens, and the nightly
# jobs come at night.
AT_START = (of_core.make_partitions, of_bookings.make_partitions)


def run(
    *,
    concurrency: int = CONCURRENCY,
    patience: float = PATIENCE,
    politeness: int = POLITENESS,
) -> None:
    """Work until SIGINT or SIGTERM; jobs in hand get ``patience`` seconds to end."""
    _be_polite(politeness)
    _defer_at_start()
    stop = threading.Event()
    teller = threading.Thread(target=tell_until, args=(stop,), name="teller")
    teller.start()
    try:
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
            asyncio.run(_work(concurrency, patience))
    finally:
        stop.set()
        teller.join()


def _be_polite(politeness: int) -> None:
    os.nice(politeness)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # other systems have no such file
            SESSION.write_text(str(politeness))


def _defer_at_start() -> None:
    for task in AT_START:
        with suppress(AlreadyEnqueued):
            task.defer()
    connections.close_all()


async def _work(concurrency: int, patience: float) -> None:
    async with app.open_async():
        await app.run_worker_async(
            concurrency=concurrency, shutdown_graceful_timeout=patience
        )


def tell_until(stop: threading.Event) -> None:
    """Hand out events as they come, until ``stop``.

    A database that is gone is waited for.

    After each round it rests as long as that took: in a rush, half of the time is left
    to who waits for a page.
    """
    try:
        while not stop.is_set():
            began = time.monotonic()
            try:
                close_old_connections()
                busy = hand_out()
            except Exception:
                log.exception("Events could not be handed out")
                connections.close_all()
                stop.wait(PAUSE_AFTER_FAILURE)
                continue
            stop.wait(time.monotonic() - began if busy else PAUSE)
    finally:
        connections.close_all()

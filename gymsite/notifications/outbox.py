"""From events to what follows from them.

An app registers a handler for a kind of event; a job drains the outbox. A handler runs
in the transaction that takes its event off the outbox, so that what it writes happens
exactly once. It must not talk to the network: whatever does is a job that the handler
defers.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import connection, transaction

from gymsite.core import event_kinds
from gymsite.core.batches import said_by, wait_after
from gymsite.core.event_kinds import EventKind
from gymsite.core.models import Event, Outbox

log = logging.getLogger(__name__)

Handler = Callable[[Event], None]
_HANDLERS: dict[str, list[Handler]] = {}
# the advisory lock's number in the database; nothing else takes it
DRAINING = 7_310_902
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)


def on(kind: EventKind, handler: Handler) -> None:
    """Call ``handler`` with each event of ``kind``; raises TypeError.

    Apps call this in ``AppConfig.ready``.
    """
    _HANDLERS.setdefault(event_kinds.known(kind), []).append(handler)


def handlers_of(kind: str) -> list[Handler]:
    return _HANDLERS.get(kind, [])


def drain(*, now: datetime, limit: int = 50) -> int:
    """Handle up to ``limit`` events that are due, oldest first; return how many.

    Several calls at once are safe: one of them works, so that people hear of things in
    the order in which they happened; the others find nothing to take.
    """
    if not Outbox.objects.filter(due_at__lte=now).exists():
        return 0
    with transaction.atomic():
        return _drain(now, limit) if _is_alone() else 0


def _is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [DRAINING])
        return cursor.fetchone()[0]


def _drain(now: datetime, limit: int) -> int:
    due = Outbox.objects.select_for_update(of=("self",)).filter(due_at__lte=now)
    rows = list(due.order_by("event_id")[:limit])
    events = Event.objects.in_bulk([row.event_id for row in rows])
    if _all_handled([events[row.event_id] for row in rows]):
        done = list(events)
    else:
        done = [
            row.event_id for row in rows if _handled(events[row.event_id], row, now)
        ]
    Outbox.objects.filter(event_id__in=done).delete()
    return len(rows)


def _all_handled(events: list[Event]) -> bool:
    """Run the handlers of all events in one savepoint.

    That costs half as much as a savepoint per event; where any handler fails, nothing
    happened.
    """
    with suppress(Exception):
        _handle(events)
        return True
    return False


def _handled(event: Event, row: Outbox, now: datetime) -> bool:
    """Run the handlers of one event.

    An event that fails is put off, longer each time, and holds nobody else up.
    """
    try:
        _handle([event])
    except Exception as exception:
        log.exception("A handler of event %s (%s) failed", event.pk, event.kind)
        row.attempts += 1
        row.due_at = now + wait_after(
            row.attempts, first=FIRST_WAIT, longest=LONGEST_WAIT
        )
        row.error = said_by(exception)
        row.save(update_fields=["attempts", "due_at", "error"])
        return False
    return True


@transaction.atomic
def _handle(events: list[Event]) -> None:
    for event in events:
        for handler in handlers_of(event.kind):
            handler(event)
    _check_constraints()


def _check_constraints() -> None:
    """Check foreign keys in the handler's savepoint.

    At COMMIT a failing one would undo the other events too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

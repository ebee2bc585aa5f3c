"""Transactions that leave nothing behind, whatever becomes of this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from gymsite.ops.rig.errors import Refused

LOCK_MS = 2_000
STATEMENT_MS = 10_000
IDLE_MS = 30_000
# A backend in the midst of a statement would not notice that its client was killed, and
# keep its locks until the end.
GONE_MS = 250


@contextmanager
def rolled_back(
    *, lock_ms: int = LOCK_MS, statement_ms: int = STATEMENT_MS
) -> Iterator[None]:
    """A transaction that is rolled back and waits ``lock_ms`` for a lock at most.

    It dies with its client.
    """
    limits = {
        "lock_timeout": lock_ms,
        "statement_timeout": statement_ms,
        "idle_in_transaction_session_timeout": IDLE_MS,
    }
    with transaction.atomic():
        with connection.cursor() as cursor:
            for name, value in limits.items():
                cursor.execute("SELECT set_config(%s, %s, true)", [name, f"{value}ms"])
        _notice_a_lost_client()
        try:
            yield
        finally:
            transaction.set_rollback(True)


def _notice_a_lost_client() -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('client_connection_check_interval', %s, true)",
                [f"{GONE_MS}ms"],
            )
    except DatabaseError:  # a server on a system that can't tell
        return


def refuse_production(allowed: bool) -> None:
    """Raises Refused on a production site unless told otherwise.

    To drop an index locks its table.
    """
    if settings.PRODUCTION and not allowed:
        raise Refused(
            "This is production: to drop or make an index would hold its table locked "
            "meanwhile. --as-is and --guard do neither; --even-in-production allows it."
        )

"""Requests that other transactions' locks get in the way of.

The server breaks up a deadlock, or a wait lasts too long. Nothing is wrong with such a
request. It is run once more, and one that meets a rival again is told to come back in a
moment (503, Retry-After), on page, fragment and API alike. It is run again only where
nothing of the first run can have stayed:

- the transaction was undone by the server, and none is open;
- nothing was committed before, which the connection itself counts
  (gymsite.postgres.backend). So nobody outside was asked either: whoever asks a gateway
  has committed a payment first (gymsite.payments), and that is seen here.
"""

from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, connection

from gymsite.core.errors import Busy

DEADLOCK, SERIALIZATION, LOCK_TIMEOUT, STATEMENT_TIMEOUT = (
    "40P01",
    "40001",
    "55P03",
    "57014",
)
T = TypeVar("T")
RIVALS = frozenset({DEADLOCK, SERIALIZATION, LOCK_TIMEOUT, STATEMENT_TIMEOUT})
# A statement that took too long would take as long again, and the others' time with it.
REPEATED = RIVALS - {STATEMENT_TIMEOUT}


def busy() -> Busy:
    return Busy(remedy="Try again in a moment.", retry_after=2)


def is_rival(error: BaseException) -> bool:
    """Whether a database error comes from others' locks.

    What was asked may then be asked again.
    """
    return _state(error) in REPEATED


def _state(error: BaseException) -> str | None:
    return (
        getattr(error.__cause__, "sqlstate", None)
        if isinstance(error, DatabaseError)
        else None
    )


def begin() -> None:
    """Note that a request begins: what stays is counted from here on."""
    connection.written.begin()  # type: ignore[attr-defined]


def has_written() -> bool:
    """Whether something has stayed since ``begin``."""
    return connection.written.anything  # type: ignore[attr-defined]


def may_repeat() -> bool:
    """Whether nothing has stayed since ``begin``, so that all of it may run again."""
    return not connection.in_atomic_block and not has_written()


def once_more(act: Callable[[], T]) -> T:
    """What ``act`` returns, at the second call if the first met a rival's lock.

    It is called again only if the first call left nothing behind. Raises Busy.
    """
    begin()
    try:
        return act()
    except DatabaseError as error:
        if not (is_rival(error) and may_repeat()):
            raise_busy(error)
            raise
    try:
        return act()
    except DatabaseError as error:
        raise_busy(error)
        raise


def raise_busy(error: DatabaseError) -> None:
    """Raise Busy where others were in the way and nothing has stayed."""
    if _state(error) in RIVALS and may_repeat():
        raise busy() from error

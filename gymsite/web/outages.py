"""What is said when the database is away, read-only or full, or a row is held too long.

Nothing is wrong with such a request, nor with our code: pages and API answer 503 with
Retry-After, one line is logged, and the next request tries again.
"""

import logging
from collections.abc import Iterator

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest

from gymsite.core import rivals
from gymsite.core.errors import DomainError
from gymsite.web.errors import Unavailable

log = logging.getLogger(__name__)

DEEPEST = 12  # how many causes of causes are looked at
# Classes of SQLSTATE: the connection; the server's resources (disk, memory,
# connections); its files.
CLASSES = ("08", "53", "58")
# The server is shut down, crashed, starting up or recovering, or read-only; a session
# or a transaction was idle, or a transaction open, for too long.
STATES = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "25006"})


def unavailable() -> Unavailable:
    return Unavailable(remedy="Try again in a moment.", retry_after=5)


def refusal_of(error: BaseException | None) -> DomainError | None:
    """What to say where the database is the reason for ``error``; None for a defect.

    The reason may also stand in what the error was raised in.
    """
    for one in _causes(error):
        state = getattr(one, "sqlstate", None) or ""
        if state in rivals.RIVALS:
            # busy() says that nothing was changed
            return unavailable() if rivals.has_written() else rivals.busy()
        if state in STATES or state.startswith(CLASSES) or _is_lost(one, state):
            return unavailable()
    return None


def noted(request: HttpRequest, error: BaseException | None) -> DomainError | None:
    """``refusal_of``, with a line in the log."""
    refusal = refusal_of(error)
    if refusal is not None:
        why = " ".join(str(error).split())[:300]
        log.warning("%s: %s %s: %s", refusal.code, request.method, request.path, why)
    return refusal


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it was raised from, and what was being handled then.

    Libraries wrap what the database says.
    """
    for _ in range(DEEPEST):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _is_lost(error: BaseException, state: str) -> bool:
    """Whether a connection could not be made, or is no more.

    Nobody was there to give a SQLSTATE.
    """
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return not (state or getattr(error.__cause__, "sqlstate", None))

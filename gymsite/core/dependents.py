"""What hangs on a row that may end, such as the bookings of an account that is closed.

Each app declares its own in ``AppConfig.ready``: what is counted, and what becomes of
it. Previews show all of them; an operation that ends the row asks those that refuse.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from gymsite.core.errors import InUse

Rows = Callable[[Sequence[int], datetime], models.QuerySet]


@dataclass(frozen=True, slots=True)
class Dependent:
    """A kind of rows that hang on another row.

    ``rows(keys, now)`` are those that hang on the rows of these keys; ``becomes`` says
    what happens to them. One that ``refuses`` has to be ended first, by hand.
    """

    label: str
    becomes: str
    rows: Rows
    refuses: bool = False


_DECLARED: dict[str, list[Dependent]] = {}


def declare(of: str, *dependents: Dependent) -> None:
    """Say what hangs on rows of the model ``of`` (``core.user``)."""
    _DECLARED.setdefault(of, []).extend(dependents)


def declared(of: str) -> list[Dependent]:
    return _DECLARED.get(of, [])


def counted(of: str, keys: Sequence[int], now: datetime) -> list[tuple[Dependent, int]]:
    """Everything that hangs on the rows of these keys, with how many there are."""
    return [(one, one.rows(keys, now).count()) for one in declared(of)]


def shown(of: str, rows: Sequence[models.Model], now: datetime) -> dict[str, str]:
    """The lines of a preview: what hangs on the rows, and what becomes of it."""
    keys = [row.pk for row in rows]
    return {
        one.label: f"{count}: {one.becomes}" if count else "none"
        for one, count in counted(of, keys, now)
    }


def check_free(of: str, key: int, now: datetime) -> None:
    """Raise InUse while something hangs on the row that has to be ended first."""
    found = [
        (one, count) for one, count in counted(of, [key], now) if one.refuses and count
    ]
    if found:
        raise InUse(
            " ".join(f"{one.label}: {count}." for one, count in found),
            remedy="End these first.",
            dependents={one.label: count for one, count in found},
        )

"""What tests of other processes share: their database, and waiting for events."""

import time
from collections.abc import Callable

from tests.ops.databases import environment


def until(true: Callable[[], bool], patience: float = 60.0) -> None:
    """Look until it is so."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "it did not happen"


def address_of_the_tests() -> str:
    """The tests' database as another process takes it (DATABASE_URL)."""
    return environment()["DATABASE_URL"]

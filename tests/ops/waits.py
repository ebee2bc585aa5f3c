"""What tests of other processes share: where their database is, and waiting for what happens elsewhere."""

import time
from collections.abc import Callable

from django.db import connection


def until(true: Callable[[], bool], patience: float = 60.0) -> None:
    """Look until it is so."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "it did not happen"


def address_of_the_tests() -> str:
    """The tests' database as another process takes it (DATABASE_URL)."""
    place = connection.settings_dict
    return f"postgresql://{place['USER']}@/{place['NAME']}?host={place['HOST']}&port={place['PORT']}"

"""What several tests of the commands share."""

import fcntl
from collections.abc import Iterator

import pytest
from django.conf import settings


@pytest.fixture
def alone() -> Iterator[None]:
    """A server has one bench at a time, and tests run in several processes."""
    with open(settings.HOME / "bench-tests.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""What a process keeps of shared pages, under versions that the writing transactions move on.

Rows and class pages are kept under the text of their session's row, so a changed session is another key. The names they
show come from tables whose triggers move the version ``timetable`` on; with it the whole store is a new one.
"""

from typing import Any

from gymsite.core.models import Branch

MOST_ROWS = 20_000  # about 40 MB at worst, then the store starts afresh


class Store:
    """Of one version: ``rows`` and ``pages`` by the text of a session's row, and the active branches once read."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.rows: dict[str, Any] = {}
        self.pages: dict[str, Any] = {}
        self.branches: list[Branch] = []

    @property
    def is_full(self) -> bool:
        return len(self.rows) + len(self.pages) > MOST_ROWS


_store = Store(-1)


def store_of(version: int) -> Store:
    """The process's store of this version; another version's is dropped for it."""
    global _store
    if version != _store.version or _store.is_full:
        _store = Store(version)
    return _store


def latest() -> Store:
    """The store as the last request left it, whose version may have been overtaken."""
    return _store


def forget() -> None:
    """Start afresh; tests do, since a rolled back version number comes again."""
    global _store
    _store = Store(-1)

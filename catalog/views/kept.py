"""What a process keeps of the shop's pages: all that everybody shares, under the version ``shop``.

Triggers move it on in the transaction that changes a product, a category, a picture, what reviews come to, or the words
about stock. The version is read before the rows, so what is kept may be newer than its version says, never older.
"""

from typing import Any

from catalog.models import Category

VERSIONS = ("shop", "brand")
MOST_PAGES = 1000  # of each kind; about 30 MB at worst, then the store starts afresh
MOST_CARDS = 5000


class Store:
    """Of one version: ``lists`` by what they were asked for, ``pages`` and ``cards`` by the product's id."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.shelves: list[Category] = []
        self.lists: dict[Any, Any] = {}
        self.pages: dict[int, Any] = {}
        self.cards: dict[int, str] = {}

    @property
    def is_full(self) -> bool:
        return max(len(self.lists), len(self.pages)) > MOST_PAGES or len(self.cards) > MOST_CARDS


_store = Store(-1)


def store_of(version: int) -> Store:
    """The process's store of this version; another version's is dropped for it."""
    global _store
    if version != _store.version or _store.is_full:
        _store = Store(version)
    return _store


def forget() -> None:
    """Start afresh; tests do, since a rolled back version number comes again."""
    global _store
    _store = Store(-1)

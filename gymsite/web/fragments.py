"""In-process cache of rendered fragments.

A fragment is valid while the version it was rendered under is current. The version is
part of the key, and never comes again for other content
(gymsite.core.models.triggers.bumps). So a change drops nothing: a fragment that nobody
asks for any more is the first to go when room is needed. A key holds ids, versions and
words of ours, never text from an address.
"""

import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Set
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, TypeVar

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from gymsite.web import request_counters

MEGABYTE = 2**20
ENTRY = 250  # bytes of an entry besides key and fragment: the dict's slot and links
PLAIN = (str, bytes, int, float, type(None))
SEQUENCES = (tuple, list, frozenset, set)
INDENTATION = re.compile(r"\s*\n\s*")

Fragment = TypeVar("Fragment")
Version = str | None
caches: list["Fragments"] = []


class Fragments:
    """The fragments of one part of the site, at most ``most_bytes`` of them.

    The least recently used goes first. Several threads may use it.
    """

    def __init__(self, name: str, *, most_bytes: int) -> None:
        self.name, self.most_bytes, self.bytes = name, most_bytes, 0
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()
        caches.append(self)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Any:
        """The fragment, or None."""
        return self.find((key,))[0]

    def find(self, keys: Iterable[Hashable]) -> list[Any]:
        """The fragment of each key, in the keys' order; None where there is none."""
        with self._lock:
            return [self._touched(key) for key in keys]

    def keep(self, key: Hashable, fragment: Any) -> None:
        """Keep it, unless it takes more than a tenth of the room by itself."""
        size = ENTRY + weight(key) + weight(fragment)
        if size > self.most_bytes // 10:
            return
        with self._lock:
            self._drop(key)
            self._entries[key] = fragment, size
            self.bytes += size
            while self.bytes > self.most_bytes:
                self._drop(next(iter(self._entries)))

    def get_or_draw(self, key: Hashable, draw: Callable[[], Fragment]) -> Fragment:
        """The fragment, which is drawn and kept where it is not there."""
        if (found := self.get(key)) is None:
            found = draw()
            self.keep(key, found)
        return found

    def current(
        self,
        key: Hashable,
        version: Version,
        draw: Callable[[], tuple[Fragment, Set[Version]]],
    ) -> Fragment:
        """The fragment of this version, drawn where it is not there.

        ``draw`` also gives the versions of what it read. Where they are not this one,
        something has changed in the meantime: the fragment is right, but not kept.
        """
        found = self.get((key, version))
        request_counters.looked(hits=found is not None, misses=found is None)
        if found is None:
            found, versions = draw()
            if versions == {version}:
                self.keep((key, version), found)
        return found

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self.bytes = 0

    def _touched(self, key: Hashable) -> Any:
        if (entry := self._entries.get(key)) is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def _drop(self, key: Hashable) -> None:
        if entry := self._entries.pop(key, None):
            self.bytes -= entry[1]


def draw(template: str, context: dict[str, Any]) -> SafeString:
    """A template's output without its indentation.

    A fragment's indentation would be kept, and sent many times.
    """
    return mark_safe(INDENTATION.sub("\n", render_to_string(template, context)))  # noqa: S308 (a template drew it)


def weight(value: Any) -> int:
    """About how many bytes a value takes in memory, its parts included.

    Parts that values share are counted in each, so the sum errs on the high side.
    """
    size = sys.getsizeof(value)
    if isinstance(value, PLAIN):
        return size
    return size + sum(map(weight, _parts(value)))


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, SEQUENCES):
        return value
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if is_dataclass(value):
        return [getattr(value, field.name) for field in fields(value)]
    return vars(value).values() if hasattr(value, "__dict__") else ()

"""The pages of plans on sale, which everybody shares, kept as bytes under the version of what they show.

The version is read before the rows. So what is kept may be newer than its version says, never older.
"""

from collections.abc import Callable

from gymsite.core import tally
from gymsite.core.queries.versions import combined

MOST_PAGES = 100

_version = -1
_pages: dict[tuple[str | None, int], bytes] = {}


def plans_page(cursor: str | None, limit: int, make: Callable[[], bytes]) -> bytes:
    """The page as it stands now: made when a plan, a branch or the whole brand has changed since; one query if not."""
    global _version, _pages
    version = combined("plans", "timetable")  # branches and the seed move the timetable on
    if version != _version or len(_pages) >= MOST_PAGES:
        _version, _pages = version, {}
    pages = _pages
    kept = (cursor, limit) in pages
    tally.looked(hits=kept, misses=not kept)
    if not kept:
        pages[cursor, limit] = make()
    return pages[cursor, limit]


def forget() -> None:
    """Start afresh; tests do, since a rolled back version number comes again."""
    global _version, _pages
    _version, _pages = -1, {}

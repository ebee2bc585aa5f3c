"""The pages of plans on sale, which everybody shares, kept as bytes under the version
of what they show."""

from collections.abc import Callable

from gymsite.core.queries.versions import version_of
from gymsite.web import request_counters
from gymsite.web.fragments import MEGABYTE, Fragments

VERSIONS = ("plans", "branches")
FRAGMENTS = Fragments("plans", most_bytes=MEGABYTE)


def plans_page(
    cursor: str | None, limit: int, make: Callable[[], tuple[bytes, set[str | None]]]
) -> bytes:
    """The page as it stands now: made when a plan or a branch has changed since; one
    query if not.

    ``make`` also gives the versions that its rows are of. Only first pages are kept: a
    cursor is text from an address.
    """
    if cursor is not None:
        return make()[0]
    version = version_of(*VERSIONS)
    page = FRAGMENTS.get((version, limit))
    request_counters.looked(hits=page is not None, misses=page is None)
    if page is None:
        page, versions = make()
        # not where something changed after the version was read: it would stand for
        # less than the page shows
        if versions == {version}:
            FRAGMENTS.keep((version, limit), page)
    return page

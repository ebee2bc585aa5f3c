"""All measured queries: the apps', and those of log-ins, claims, staff's lists."""

from collections.abc import Sequence

from bookings import tuned_queries as bookings
from catalog import tuned_queries as catalog
from gymsite.accounts import tuned_queries as core
from gymsite.ops.rig.errors import Refused
from gymsite.ops.rig.queries import staff, writing
from gymsite.postgres.tuned_query import TunedQuery
from memberships import tuned_queries as memberships

QUERIES: tuple[TunedQuery, ...] = (
    *core.QUERIES,
    *memberships.QUERIES,
    *bookings.QUERIES,
    *catalog.QUERIES,
    *writing.QUERIES,
    *staff.QUERIES,
)


def chosen(names: Sequence[str] | None) -> list[TunedQuery]:
    """The queries of these names, or all; raises Refused for an unknown name."""
    known = {query.name: query for query in QUERIES}
    if unknown := sorted(set(names or ()) - known.keys()):
        raise Refused(
            f"There is no query {', '.join(unknown)}. There are: {', '.join(known)}."
        )
    return [known[name] for name in names or known]

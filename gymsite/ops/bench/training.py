"""Group training: the trainers' queries with 5,000, 50,000 and 500,000 sessions.

The sizes are those of the reports (docs/reports.md). What is judged is that a query
takes about as long in the largest as in the smallest.
"""

from collections.abc import Mapping, Sequence

from gymsite.ops.bench.report import Row
from gymsite.ops.rig.queries import catalog, lab, registry
from gymsite.ops.rig.queries.lab import Finding
from gymsite.ops.rig.seeding import count
from gymsite.ops.rig.stats import Spread

GROUP = "training"
PROFILE = "training"
SIZES = (("default", 0.25), ("large", 0.1), ("large", 1.0))
QUERIES = (
    "trainer-week",
    "training-week",
    "appointments-next",
    "appointment-conflicts",
    "appointments-past",
    "appointments-ahead",
    "trainer-hours",
    "charge-by-name",
    "appointment-of-payment",
    "takings",
    "people-with-role",
    "staff-payments-of-member",
)
MOST_GROWTH = 1.5
REPEATS = 9
# milliseconds that the report expected of a week at the largest size
REFERENCES = {"trainer-week": 75.0}


def measure() -> list[Finding]:
    """Each query on the brand at hand, with its indexes and without."""
    known = catalog.read()
    found = [
        lab.measure(query, known, lab.Settings(runs=REPEATS))
        for query in registry.chosen(QUERIES)
    ]
    for one in found:
        if one.kept is None:
            raise RuntimeError(f"{one.query.name} can't be measured: {one.reason}")
    return found


def sessions() -> int:
    return count("bookings_classsession")


def rows(found: Mapping[int, Sequence[Finding]]) -> list[Row]:
    """A row for each query; ``found`` is by the number of sessions."""
    return [
        _row({size: at[place] for size, at in found.items()})
        for place in range(len(QUERIES))
    ]


def _row(at: Mapping[int, Finding]) -> Row:
    smallest, largest = min(at), max(at)
    first, last = at[smallest].kept, at[largest].kept
    assert first
    assert last
    growth, times = last.median / first.median, at[largest].speed_up
    told = [
        f"{size:,}: {one.kept.median:.3g} ms" for size, one in at.items() if one.kept
    ]
    told += [f"{times:,.3g} times as long without its indexes"] if times else []
    query = at[largest].query
    return Row(
        group=GROUP,
        name=query.says,
        data=f"{largest:,} sessions",
        value=last.median,
        unit="ms",
        spread=Spread.of(last.times) if last.times else None,
        floor=f"{smallest:,} sessions",
        floor_value=first.median,
        ratio=growth,
        reference=REFERENCES.get(query.name),
        target=f"<= {MOST_GROWTH} of floor",
        met=growth <= MOST_GROWTH,
        note=", ".join(told),
    )

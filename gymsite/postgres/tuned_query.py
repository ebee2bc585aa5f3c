"""A query that matters, as ``manage.py indexlab`` measures and guards it.

Each app lists its own beside its queries.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reference report printed about an index.

    ``before`` and ``after`` are milliseconds without and with the index, of the query
    or of a whole endpoint. ``times`` is the speed-up that the report claims for the
    query; without it, the speed-up is before / after. A report that has no times says
    how much ``less`` of it, in per cent, a query takes.
    """

    report: int
    before: float | None = None
    after: float | None = None
    of_endpoint: bool = False
    times: float | None = None
    less: int | None = None

    @property
    def speed_up(self) -> float:
        if self.less is not None:
            return 100 / (100 - self.less)
        assert self.before is not None
        assert self.after is not None
        return self.times or self.before / self.after


@dataclass(frozen=True, slots=True)
class TunedQuery:
    """A query by what the product's own code does.

    ``sample`` is SQL for one row of parameters from the data; ``ask`` takes its columns
    as keyword arguments and is the product's function, or returns the product's
    QuerySet. What is measured is the statement that this sends to the database; of
    several, the first with the text ``about``.

    ``indexes`` is what the plan needs, and what the lab takes away; ``besides`` goes
    with them where something else would serve in their place. ``never`` are kinds of
    nodes the plan must not have, ``scans`` the tables that it may read in sequence
    whatever their size, ``index_only`` the tables it must not touch, and ``partitions``
    the most of a partitioned table's it may touch. ``note`` says why the data can't
    show more, where it can't.
    """

    name: str
    says: str
    sample: str
    ask: Callable[..., Any]
    indexes: tuple[str, ...]
    about: str = ""
    besides: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    index_only: tuple[str, ...] = ()
    partitions: int | None = None
    reference: Reference | None = None
    note: str = ""


SORTED_BY_INDEX = ("Sort", "Incremental Sort")

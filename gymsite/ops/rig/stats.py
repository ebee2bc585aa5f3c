"""What is made of raw times: percentiles, medians, the ratio to a floor."""

import statistics as standard
from collections.abc import Sequence
from dataclasses import dataclass


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: a time that was measured, never one in between.

    ``share`` is 0 < share <= 1.
    """
    if not values:
        raise ValueError("no values were measured")
    rank = -(-len(values) * share // 1)  # the ceiling
    return sorted(values)[max(int(rank), 1) - 1]


@dataclass(frozen=True, slots=True)
class Spread:
    """How the times of one row are spread, in the unit of the row."""

    count: int
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(
            len(values),
            percentile(values, 0.50),
            percentile(values, 0.95),
            percentile(values, 0.99),
        )


def median(values: Sequence[float]) -> float:
    return standard.median(values)


def ratio_to_floor(rounds: Sequence[float], floors: Sequence[float]) -> float:
    """The median of the rounds' own ratios.

    Each figure is divided by the floor of its own round, so a machine that slows down
    between rounds moves both.
    """
    if len(rounds) != len(floors):
        raise ValueError("each round needs its floor")
    return standard.median(
        ours / floor for ours, floor in zip(rounds, floors, strict=True)
    )

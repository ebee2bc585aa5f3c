"""Group growth: the rows at scales 0.1, 1 and 10, and their exponents.

0 means that a row costs the same however many rows the tables hold, 1 that it grows
with them. What is fitted is the ratio to the floor of the same run, so that a machine
which was busy in between does not pass for growth; but for tuned queries, whose floor
grows itself, the time.
"""

import math
from collections.abc import Mapping, Sequence

from gymsite.ops.bench import tuned
from gymsite.ops.bench.report import Row

GROUP = "growth"
SCALES = (0.1, 1.0, 10.0)
GROWN = ("tuned", "endpoints", "shop")


def rows(found: Mapping[float, Sequence[Row]]) -> list[Row]:
    """A row for each that was measured at every scale."""
    named = {
        scale: {(row.group, row.name): row for row in measured}
        for scale, measured in found.items()
    }
    everywhere = [
        key
        for key in next(iter(named.values()))
        if all(key in rows for rows in named.values())
    ]
    return [
        _row(key, {scale: rows[key] for scale, rows in named.items()})
        for key in everywhere
    ]


def _row(key: tuple[str, str], at: Mapping[float, Row]) -> Row:
    group, name = key
    costs = {
        scale: row.value if group == tuned.GROUP else row.ratio or row.value
        for scale, row in at.items()
    }
    return Row(
        group=GROUP,
        name=f"{group}: {name}",
        data=f"scales {', '.join(f'{scale:g}' for scale in at)}",
        value=exponent(costs),
        unit="exponent",
        rounds=list(costs.values()),
        note=", ".join(
            f"{scale:g}: {row.value:.3g} {row.unit}" for scale, row in at.items()
        ),
    )


def exponent(costs: Mapping[float, float]) -> float:
    """The slope of log(cost) over log(size), by least squares."""
    points = [(math.log(size), math.log(cost)) for size, cost in costs.items()]
    x_mean, y_mean = (sum(values) / len(points) for values in zip(*points, strict=True))
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / sum(
        (x - x_mean) ** 2 for x, _ in points
    )

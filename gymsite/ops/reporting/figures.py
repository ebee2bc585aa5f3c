"""Figures as people read them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count: float) -> str:
    """Bytes, in the unit that keeps the number short: ``12 MB``."""
    unit = 0
    while abs(count) >= 10_000 and unit < len(UNITS) - 1:
        count /= 1024
        unit += 1
    return f"{count:,.0f} {UNITS[unit]}"


def number(value: float | None) -> str:
    """Three significant digits at least, thousands marked: 0.042, 3.14, 1,234."""
    if value is None:
        return ""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 1 else f"{value:.3f}"


def percentiles(spread: Any) -> list[str]:
    """The p50, p95 and p99 of a ``Spread``, or three times nothing."""
    return [number(getattr(spread, name, None)) for name in ("p50", "p95", "p99")]


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def span(seconds: float) -> str:
    """A length of time in its two largest units: ``3 h 5 min``."""
    for unit, length, smaller, part in (
        ("d", 86_400, "h", 3_600),
        ("h", 3_600, "min", 60),
        ("min", 60, "s", 1),
    ):
        if seconds >= length:
            return (
                f"{int(seconds // length)} {unit} {int(seconds % length // part)} "
                f"{smaller}"
            )
    return f"{seconds:.1f} s"


def quoted(statement: str, longest: int = 120) -> str:
    """One line of a statement."""
    line = " ".join(statement.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def cell(value: object) -> str:
    """A figure of any kind, short enough for a table."""
    match value:
        case None:
            return ""
        case float():
            return f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"
        case bool() | str():
            return quoted(str(value), 140)
        case int():
            return f"{value:,}"
    return str(value)


def largest(
    column: str, shown: Callable[[float], str], count: int = 3
) -> Callable[[Sequence[Mapping[str, Any]]], str]:
    """Sums rows up by the few whose ``column`` is largest: ``a 12 MB, b 3 MB``."""

    def words(rows: Sequence[Mapping[str, Any]]) -> str:
        top = sorted(
            (row for row in rows if row[column] is not None),
            key=lambda row: -row[column],
        )[:count]
        return (
            ", ".join(f"{row['subject']} {shown(row[column])}" for row in top)
            or "nothing to look at"
        )

    return words

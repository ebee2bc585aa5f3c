"""Charts as server-side SVG: no script, no inline style.

Each takes ``words``, which are read aloud in place of the picture to those who can't
see it, counts (>= 0), and how a mark's title says its count, such as "{} check-ins".
Each is WIDTH units wide, and "" if every count is 0. static/css/components/chart.css
has the colours.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from math import ceil

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from gymsite.core.models.branches import Weekday

WIDTH = 420
LEFT, TOP = 36, 18  # room for the names of rows and columns
HEAT_STEPS, CELL = 4, 18
COLUMNS_HEIGHT = 104
BAR, BARS_LEFT, NAME_LENGTH = 18, 162, 22
NOTHING = SafeString("")

Mark = tuple[str, float, float, float, float, str]  # class, x, y, width, height, title
Label = tuple[float, float, object]  # x, y, text


def heat_map(
    words: str, counts: Mapping[tuple[int, int], int], said: str = "{}", most: int = 0
) -> SafeString:
    """Counts by (weekday, hour), Monday being 0.

    It has seven rows, from the first hour counted to the last. Colour goes in five
    steps from 0 to ``most``, the greatest count unless given.
    """
    most = most or max(counts.values(), default=0)
    if not any(counts.values()):
        return NOTHING
    hours = range(min(hour for _, hour in counts), max(hour for _, hour in counts) + 1)
    step = (WIDTH - LEFT) / len(hours)
    cells = (
        (
            f"h{min(HEAT_STEPS, ceil(HEAT_STEPS * count / most))}",
            *(LEFT + column * step, TOP + row * CELL, step - 2, CELL - 2),
            f"{name} {hour:02}:00: {said.format(count)}",
        )
        for row, name in enumerate(Weekday.labels)
        for column, hour in enumerate(hours)
        for count in [counts.get((row, hour), 0)]
    )
    days = (
        (LEFT - 5, TOP + row * CELL + 12, name[:3])
        for row, name in enumerate(Weekday.labels)
    )
    apart = 2 if len(hours) > 16 else 1
    heads = (
        (LEFT + (n + 0.5) * step - 1, 11, f"{hours[n]:02}")
        for n in range(0, len(hours), apart)
    )
    return _picture(
        "heat",
        words,
        TOP + 7 * CELL,
        _marks(cells) + _labels("end", days) + _labels("middle", heads),
    )


def column_chart(
    words: str, counts: Mapping[date, int], said: str = "{}"
) -> SafeString:
    """One column per day, from the first day counted to the last.

    Weekends are lighter, and Mondays are named below.
    """
    most = max(counts.values(), default=0)
    if not most:
        return NOTHING
    first = min(counts)
    days = [first + timedelta(days=n) for n in range((max(counts) - first).days + 1)]
    step, floor = (WIDTH - LEFT) / len(days), TOP + COLUMNS_HEIGHT
    columns = (
        (
            "rest" if day.weekday() >= Weekday.SATURDAY else "",
            *(LEFT + n * step, floor - tall, step - 2, tall),
            f"{day:%a} {day.day} {day:%b}: {said.format(count)}",
        )
        for n, day in enumerate(days)
        for count in [counts.get(day, 0)]
        for tall in [COLUMNS_HEIGHT * count / most]
    )
    weeks = (
        (LEFT + n * step, floor + 14, f"{day.day} {day:%b}")
        for n, day in enumerate(days)
        if not day.weekday()
    )
    scale = [(LEFT - 5, TOP + 5, most), (LEFT - 5, floor, 0)]
    lines = format_html('<path d="M{0} {1}H{3}M{0} {2}H{3}"/>', LEFT, TOP, floor, WIDTH)
    return _picture(
        "columns",
        words,
        floor + 18,
        lines + _marks(columns) + _labels("start", weeks) + _labels("end", scale),
    )


def bar_chart(
    words: str, bars: Sequence[tuple[str, int]], said: str = "{}"
) -> SafeString:
    """One horizontal bar per (name, count) pair, in the order given.

    A bar's title has the whole name.
    """
    most = max((count for _, count in bars), default=0)
    if not most:
        return NOTHING
    longest = WIDTH - BARS_LEFT - LEFT
    drawn = [
        (
            Truncator(name).chars(NAME_LENGTH),
            n * BAR,
            longest * count / most,
            f"{name}: {said.format(count)}",
            count,
        )
        for n, (name, count) in enumerate(bars)
    ]
    marks = _marks(
        ("", BARS_LEFT, y + 2, wide, BAR - 5, title) for _, y, wide, title, _ in drawn
    )
    names = _labels("end", ((BARS_LEFT - 6, y + 13, name) for name, y, *_ in drawn))
    counts = _labels(
        "start",
        ((BARS_LEFT + wide + 5, y + 13, count) for _, y, wide, _, count in drawn),
    )
    return _picture("bars", words, len(bars) * BAR, marks + names + counts)


def _marks(marks: Iterable[Mark]) -> SafeString:
    return format_html_join(
        "",
        (
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}" '
            'rx="2"><title>{}</title></rect>'
        ),
        (
            (kind, *(round(number, 1) for number in box), title)
            for kind, *box, title in marks
        ),
    )


def _labels(anchor: str, labels: Iterable[Label]) -> SafeString:
    return format_html_join(
        "",
        '<text text-anchor="{}" x="{}" y="{}">{}</text>',
        ((anchor, round(x, 1), round(y, 1), text) for x, y, text in labels),
    )


def _picture(kind: str, words: str, height: int, inside: SafeString) -> SafeString:
    return format_html(
        '<svg class="chart {}" role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>',
        *(kind, words, WIDTH, height, inside),
    )

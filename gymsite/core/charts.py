"""Charts as server-side SVG: no script, no inline style, and words for who can't see them."""

from collections.abc import Sequence
from math import ceil

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

HEAT_STEPS = 4


def bar_chart(title: str, bars: Sequence[tuple[str, int]]) -> SafeString:
    """One bar a (label, count >= 0) pair; the tallest fills the height."""
    step, height = 44, 120
    tallest = max((count for _, count in bars), default=0) or 1
    drawn = format_html_join(
        "",
        '<rect x="{}" y="{}" width="30" height="{}" rx="4"/><text x="{}" y="{}" text-anchor="middle">{}</text>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (x, 14 + height - tall, tall, x + 15, 10 + height - tall, count, x + 15, height + 30, label)
            for x, tall, label, count in (
                (n * step + 4, ceil(height * count / tallest), label, count) for n, (label, count) in enumerate(bars)
            )
        ),
    )
    return _picture("bars", title, max(len(bars), 1) * step, height + 36, drawn)


def heat_map(title: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]]) -> SafeString:
    """One cell a count, in five steps of colour; each cell's title says its number."""
    most = max((count for _, counts in rows for count in counts), default=0) or 1
    heads = format_html_join(
        "",
        '<text x="{}" y="10" text-anchor="middle">{}</text>',
        ((46 + n * 26 + 12, label) for n, label in enumerate(columns)),
    )
    cells = format_html_join(
        "",
        '<rect class="h{}" x="{}" y="{}" width="24" height="24" rx="4"><title>{} {}: {}</title></rect>',
        (
            (ceil(HEAT_STEPS * count / most), 46 + c * 26, 18 + r * 26, row, columns[c], count)
            for r, (row, counts) in enumerate(rows)
            for c, count in enumerate(counts)
        ),
    )
    names = format_html_join(
        "", '<text x="0" y="{}">{}</text>', ((34 + n * 26, row) for n, (row, _) in enumerate(rows))
    )
    return _picture("heat", title, 46 + len(columns) * 26, 18 + len(rows) * 26, heads + cells + names)


def _picture(kind: str, title: str, width: int, height: int, inside: SafeString) -> SafeString:
    return format_html(
        '<svg class="{}" role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>', kind, title, width, height, inside
    )

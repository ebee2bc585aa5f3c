"""The contrast of every pair of colour roles that meets on a page.

It is computed from tokens.css for every hue of a brand: OKLCH to linear sRGB after
Björn Ottosson's OKLab (2020), then the contrast ratio of WCAG 2.2. What lies outside
sRGB is clipped by channel, as browsers clip it.
"""

import math
import re
from pathlib import Path

import pytest
from django.conf import settings

from gymsite.web.staticfiles import HUE_STEP

TOKENS = Path(settings.BASE_DIR, "static/css/tokens.css").read_text()
ROLE = re.compile(
    r"--([\w-]+): light-dark\(oklch\(([^)]*?(?:var\(--hue\))?)\), oklch\(([^)]*?(?:var\(--hue\))?)\)\);"
)

TEXT_ON = {
    "ink": ("paper", "card", "sunken", "tint", "mine", "wait-tint", "stop-tint"),
    "quiet": ("paper", "card", "sunken", "tint", "mine", "wait-tint"),
    "brand": ("paper", "card", "tint", "mine"),
    "on-brand": ("brand",),
    "paper": ("ink",),
    "wait": ("paper", "card", "mine", "wait-tint"),
    "stop": ("paper", "card", "stop-tint"),
}
# not text, but must be seen: the edges of fields and buttons, meters, the focus ring
# (WCAG 2.2, 1.4.11)
SEEN_ON = {
    "edge": ("paper", "card"),
    "brand": ("line", "paper", "card"),
    "wait": ("line",),
}


def roles(hue: int, theme: int) -> dict[str, tuple[float, ...]]:
    """Each role's linear sRGB; ``theme`` 0 is light, 1 dark."""
    found = {match[1]: match[2 + theme] for match in ROLE.finditer(TOKENS)}
    return {name: linear(*numbers(text, hue)) for name, text in found.items()}


def numbers(text: str, hue: int) -> tuple[float, float, float]:
    lightness, chroma, angle = text.replace("var(--hue)", str(hue)).split()
    return float(lightness.rstrip("%")) / 100, float(chroma), float(angle)


def linear(lightness: float, chroma: float, angle: float) -> tuple[float, ...]:
    a, b = (
        chroma * math.cos(math.radians(angle)),
        chroma * math.sin(math.radians(angle)),
    )
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return tuple(min(max(channel, 0.0), 1.0) for channel in (red, green, blue))


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: tuple[float, ...]) -> float:
    return sum(
        weight * channel
        for weight, channel in zip((0.2126, 0.7152, 0.0722), colour, strict=True)
    )


def too_faint(
    pairs: dict[str, tuple[str, ...]], least: float, hue: int, theme: int
) -> list[str]:
    known = roles(hue, theme)
    return [
        f"{above} on {below} at {hue}: {ratio:.2f}"
        for above, grounds in pairs.items()
        for below in grounds
        if (ratio := contrast(known[above], known[below])) < least
    ]


def test_the_arithmetic_is_that_of_wcag():
    black, white = linear(0, 0, 0), linear(1, 0, 0)
    assert contrast(black, white) == pytest.approx(21, abs=0.01)
    grey = linear(0.5981, 0, 0)  # #808080
    assert contrast(grey, white) == pytest.approx(3.95, abs=0.05)


def test_a_faint_pair_is_found():
    assert too_faint({"line": ("card",)}, 4.5, 150, 0)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_words_can_be_read_in_every_hue(theme):
    faint = [
        pair
        for hue in range(0, 360, HUE_STEP)
        for pair in too_faint(TEXT_ON, 4.5, hue, theme)
    ]
    assert not faint, faint


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_edges_can_be_seen_in_every_hue(theme):
    faint = [
        pair
        for hue in range(0, 360, HUE_STEP)
        for pair in too_faint(SEEN_ON, 3, hue, theme)
    ]
    assert not faint, faint

"""Small pieces that every template draws in the same way."""

from decimal import Decimal
from functools import cache, lru_cache

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gymsite.web import intents

register = template.Library()

NO_DRAWING = "box"


@register.simple_tag
def head_assets() -> SafeString:
    """The stylesheet and scripts; the same on every page, so drawn once per process."""
    return _drawn("includes/assets.html")


@register.filter
def intent(path: str) -> str:
    """What the reader came to this path's page for, in words.

    Empty for other paths.
    """
    return intents.intent_of(path) or ""


@register.simple_tag(takes_context=True)
def bell(context: template.Context) -> SafeString:
    """The link to one's messages, with how many are unread."""
    header = context["page_header"]
    unread = header.unread_label if header.unread else ""
    return _bell(unread, is_here=context.get("section") == "notifications")


@cache
def _drawn(name: str) -> SafeString:
    return render_to_string(name)


@lru_cache(maxsize=20)
def _bell(unread: str, *, is_here: bool) -> SafeString:
    return render_to_string(
        "includes/bell.html", {"unread": unread, "is_here": is_here}
    )


@cache
def icon_markup(name: str, size: str = "") -> SafeString:
    """An icon of static/icons.svg.

    It is decoration only, so the words beside it carry the meaning.
    """
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {size}" if size else "",
        static("icons.svg"),
        name,
    )


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    return icon_markup(name, size)


@register.simple_tag
def icon_address(name: str) -> str:
    """The address of an icon, for drawing it larger or otherwise than ``icon`` does."""
    return f"{static('icons.svg')}#{name}"


@register.simple_tag
def drawing(name: str) -> SafeString:
    """Our own drawing of a category, where a product has no picture."""
    return drawing_markup(name or NO_DRAWING)


@lru_cache(maxsize=200)  # one per drawing of a category
def drawing_markup(name: str) -> SafeString:
    return format_html(
        (
            '<svg class="drawing" viewBox="0 0 64 64" aria-hidden="true"><use '
            'href="{}#{}"/></svg>'
        ),
        static("img/products.svg"),
        name,
    )


@register.simple_tag
def stars(of_five: Decimal | int) -> SafeString:
    """Five stars of which ``of_five`` are full; say the number beside it."""
    return format_html(
        '<svg class="stars" viewBox="0 0 50 10" aria-hidden="true"><rect class="rest" '
        'width="50" height="10"/><rect width="{}" height="10"/></svg>',
        round(of_five * 10, 1),
    )


@register.simple_tag
def meter(part: int, whole: int, size: str = "") -> SafeString:
    """A bar as full as ``part`` of ``whole``; say the numbers beside it."""
    return format_html(
        '<svg class="meter{}" viewBox="0 0 {} 1" preserveAspectRatio="none" '
        'aria-hidden="true"><rect width="{}" height="1"/></svg>',
        f" {size}" if size else "",
        max(whole, 1),
        min(part, whole),
    )


def initials(name: str) -> str:
    """Up to two capitals for the round face: ``Ana María Silva`` gives ``AS``."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def initials_of(person: object) -> str:
    return initials(str(person))


@register.filter
def ordinal(number: int) -> str:
    """A number as an ordinal: 3 gives ``3rd``."""
    suffix = (
        "th"
        if 10 <= number % 100 <= 20
        else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return f"{number}{suffix}"


@register.filter
def minus(whole: int, part: int) -> int:
    return whole - part

"""Small pieces that every template draws the same way."""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@cache
def icon_markup(name: str, size: str = "") -> SafeString:
    """An icon of static/icons.svg; decoration only, so the words beside it carry the meaning."""
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
    """For an icon that is drawn larger or otherwise than ``icon`` does."""
    return f"{static('icons.svg')}#{name}"


@register.simple_tag
def meter(part: int, whole: int, size: str = "") -> SafeString:
    """A bar as full as ``part`` of ``whole``; say the numbers beside it."""
    return format_html(
        '<svg class="meter{}" viewBox="0 0 {} 1" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="1"/></svg>',
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
    """3 gives ``3rd``."""
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


@register.filter
def minus(whole: int, part: int) -> int:
    return whole - part

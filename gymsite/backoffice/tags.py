"""The template filter that puts codes into words on the staff's pages."""

from django import template

register = template.Library()


@register.filter
def gs_words(kind: str) -> str:
    """``late_cancelled`` as people read it: Late cancelled."""
    return kind.replace("_", " ").capitalize()

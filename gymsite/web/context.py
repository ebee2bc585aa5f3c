"""What the base template needs on every page, read only when a page is drawn."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from gymsite.web.page_header import Frame, frame

THEMES = {"light", "dark"}


def site(request: HttpRequest) -> dict[str, object]:
    """Context processor: ``frame`` and ``theme``. A view that has read the frame sets
    ``request.frame``."""
    theme = request.COOKIES.get("theme")
    return {
        "frame": SimpleLazyObject(lambda: _frame(request)),
        "theme": theme if theme in THEMES else "",
    }


def _frame(request: HttpRequest) -> Frame:
    known = getattr(request, "frame", None)
    return known or frame(request.user.pk)

"""What the base template needs on every page, read only when a page is drawn."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from gymsite.web.page_header import read_page_header

THEMES = {"light", "dark"}


def site(request: HttpRequest) -> dict[str, object]:
    """Context processor: ``page_header`` and ``theme``.

    A view that has read the header sets ``request.page_header``.
    """
    theme = request.COOKIES.get("theme")
    return {
        "page_header": SimpleLazyObject(
            lambda: (
                getattr(request, "page_header", None)
                or read_page_header(request.user.pk)
            )
        ),
        "theme": theme if theme in THEMES else "",
    }

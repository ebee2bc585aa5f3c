"""What the shop adds to every page."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .queries.carts import pieces


def cart(request: HttpRequest) -> dict[str, object]:
    """Context processor: ``cart_count``, read only where it is shown; a view that knows it passes its own."""
    return {"cart_count": SimpleLazyObject(lambda: pieces(request.user.pk))}

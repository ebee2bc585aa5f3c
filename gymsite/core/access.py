"""Who may open a page. Each decorator decides once, before the view reads anything."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from gymsite.core.errors import Forbidden

View = Callable[..., HttpResponse]


def log_in_first(request: HttpRequest) -> HttpResponse:
    """To the log-in page and back: to this page, or for a button's POST to the page above it."""
    path = (
        request.get_full_path()
        if request.method in ("GET", "HEAD")
        else request.path.rstrip("/").rpartition("/")[0] + "/"
    )
    address = f"{reverse('account_login')}?{urlencode({'next': path})}"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def member_page(view: View) -> View:
    """For whoever is logged in; a page of one's own is never kept by a cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return log_in_first(request)
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return guarded


def staff_page(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_staff:
            raise Forbidden("This page is for the staff.", remedy="Ask the front desk.")
        return view(request, *args, **kwargs)

    return member_page(guarded)

"""The product's URLs behind three bare views, the floors of pages."""

from functools import cache

from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from gymsite.ops.rig.people import PASSWORD


def anonymous(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def logged_in(request: HttpRequest) -> HttpResponse:
    """Loads the session and the user, as every page of a member must."""
    return HttpResponse(request.user.get_username())


@cache
def _kept() -> str:
    return make_password(PASSWORD)


def password(request: HttpRequest) -> HttpResponse:
    """Hashes a password once, as every log-in must."""
    return HttpResponse("ok" if check_password(PASSWORD, _kept()) else "wrong")


urlpatterns = [
    path("bench/anonymous", anonymous),
    path("bench/logged-in", logged_in),
    path("bench/password", password),
    path("", include("gymsite.urls")),
]

"""The product's URLs behind two bare views, the floors that pages are measured
against."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def anonymous(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def logged_in(request: HttpRequest) -> HttpResponse:
    """Loads the session and the user, as every page of a member must."""
    return HttpResponse(request.user.get_username())


urlpatterns = [
    path("bench/anonymous", anonymous),
    path("bench/logged-in", logged_in),
    path("", include("gymsite.urls")),
]

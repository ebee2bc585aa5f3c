"""Two turns in a request's way: the API goes past the page middleware, and a page's refusal becomes a page."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve

from .errors import DomainError, Invalid, NotFound
from .http import problem_response, refusal_response
from .text import fault

Handler = Callable[[HttpRequest], HttpResponse]


class WrongMethod(DomainError):
    """This address does not take that method."""

    code = "wrong_method"
    status = 405


class ApiAsideMiddleware:
    """Calls the API's views itself: a request with a token pays for no cookie, session, CSRF, message or CSP work.

    Only the docs page, which is a page, goes the pages' way. What is left of their duties is in ``_finish``.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        try:
            match = _match(request)
        except DomainError as error:
            return _finish(problem_response(error))
        if match.url_name == "openapi-view":
            return self.get_response(request)
        request.resolver_match = match
        try:
            response = match.func(request, *match.args, **match.kwargs)
        except Http404:
            response = problem_response(NotFound())
        if response.status_code == 405:
            response = _wrong_method(request, response)
        return _finish(response)


def _match(request: HttpRequest) -> ResolverMatch:
    """The view of the address, a slash at its end forgiven; raises NotFound, or Invalid for text that is no text."""
    path = request.path_info
    if why := fault(path) or fault(request.META.get("QUERY_STRING", "").replace("%00", "\0")):
        raise Invalid({"address": [why]})
    for spelling in (path, path[:-1] if path.endswith("/") else f"{path}/"):
        try:
            return resolve(spelling)
        except Resolver404:
            continue
    raise NotFound(remedy="The addresses are listed under /api/v1/docs.")


def _wrong_method(request: HttpRequest, refused: HttpResponse) -> HttpResponse:
    allowed = refused.get("Allow", "")
    response = problem_response(WrongMethod(f"{(request.method or '')[:20]} is not among {allowed}.", allowed=allowed))
    response["Allow"] = allowed
    return response


def _finish(response: HttpResponse) -> HttpResponse:
    headers = response.headers
    headers["Content-Length"] = str(len(response.content))
    headers.setdefault("Cache-Control", "no-store")
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    if response.status_code < 500:
        response._has_been_logged = True  # type: ignore[attr-defined]  # a refusal is an answer, not a warning for Django to log
    return response


class RefusalMiddleware:
    """Turns a refusal (core.errors.DomainError) of a page into a page or a fragment."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusal_response(request, exception) if isinstance(exception, DomainError) else None

"""The middleware of pages and the API.

The API goes past the page middleware, no cache keeps a page drawn for somebody, and a
page's refusal becomes a page.
"""

from collections.abc import Callable
from typing import Any, cast

from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import Resolver404, ResolverMatch, resolve

from gymsite.core import rivals
from gymsite.core.errors import DomainError, Invalid, NotFound
from gymsite.core.text import composed, fault
from gymsite.web import outages
from gymsite.web.access import log_in_first
from gymsite.web.errors import WrongMethod
from gymsite.web.http import (
    PageRequest,
    outage_response,
    problem_response,
    refusal_response,
)

Handler = Callable[[HttpRequest], HttpResponse]


class ApiAsideMiddleware:
    """Calls the API's views itself, past the page middleware.

    So a request with a token pays for no cookie, session, CSRF, message or CSP work.
    Only the docs page, which is a page, goes the pages' way. ``_finish`` does what is
    left of the middleware's duties.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            refuse_unreadable(request)
            return self.get_response(request)
        try:
            match = _match(request)
        except DomainError as error:
            return _finish(problem_response(error))
        if match.url_name == "openapi-view":
            return self.get_response(request)
        request.resolver_match = match
        response = _called(request, match)
        if is_rivals(response) and rivals.may_repeat():
            response = _called(request, match)
        if response.status_code == 405:
            response = _wrong_method(request, response)
        return _finish(response)


def refuse_unreadable(request: HttpRequest) -> None:
    """Raise BadRequest for a path or a cookie with a NUL.

    Raises RequestDataTooBig before a byte of too large a body is read. The database
    takes a NUL in no text; forms check their own fields.
    """
    meta = request.META
    # a quoted value in a cookie spells a NUL in octal
    if "\0" in request.path_info or "\\000" in meta.get("HTTP_COOKIE", ""):
        raise BadRequest("A NUL character can't be used.")
    if len(meta.get("CONTENT_LENGTH") or "") > 6:  # a megabyte or more
        _refuse_larger(
            meta["CONTENT_LENGTH"], uploads=request.path_info.startswith("/admin/")
        )


def _refuse_larger(length: str, *, uploads: bool) -> None:
    most = settings.LARGEST_UPLOAD if uploads else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if len(length) > 15 or not length.isdecimal() or int(length) > most:
        raise RequestDataTooBig(f"{length[:20]} bytes are more than {most}.")


def _match(request: HttpRequest) -> ResolverMatch:
    """The view of the address, with or without a slash at its end.

    Raises NotFound, or Invalid for text that can't be stored.
    """
    path = request.path_info
    if why := fault(path) or fault(
        request.META.get("QUERY_STRING", "").replace("%00", "\0")
    ):
        raise Invalid({"address": [why]})
    for spelling in (path, path[:-1] if path.endswith("/") else f"{path}/"):
        try:
            return resolve(spelling)
        except Resolver404:
            continue
    raise NotFound(remedy="The addresses are listed under /api/v1/docs.")


def _called(request: HttpRequest, match: ResolverMatch) -> HttpResponse:
    rivals.begin()
    try:
        return match.func(request, *match.args, **match.kwargs)
    except Http404:
        return problem_response(NotFound())


def is_rivals(response: HttpResponse) -> bool:
    """Whether an API's answer says that a rival's lock was in the way.

    gymsite.api marks such answers.
    """
    return getattr(response, "is_rivals", False)


def _wrong_method(request: HttpRequest, refused: HttpResponse) -> HttpResponse:
    allowed = refused.get("Allow", "")
    response = problem_response(
        WrongMethod(
            f"{(request.method or '')[:20]} is not among {allowed}.", allowed=allowed
        )
    )
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


class PrivatePagesMiddleware:
    """Has no cache keep an answer for which a session was read.

    That holds for every view: the log-in library's too, and refusals. A page that has
    looked at no session is the same for everybody, such as a product's picture.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed and not request.session.is_empty():
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class ViewMiddleware:
    """Middleware that acts once it is known which view answers."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


class ComposedTextMiddleware(ViewMiddleware):
    """Hands the text of addresses and forms to a page in NFC, as the API does.

    What looks the same is then the same.
    """

    def process_view(
        self, request: HttpRequest, view: Handler, args: Any, kwargs: Any
    ) -> None:
        """Compose the text after the token of a form was checked.

        So nothing is read that nobody asked for.
        """
        if "%" in request.META["QUERY_STRING"]:
            request.GET = _composed(request.GET)  # type: ignore[assignment]
        if request.method == "POST":
            request.POST = _composed(request.POST)  # type: ignore[assignment]


def _composed(fields: QueryDict) -> QueryDict:
    if all(value.isascii() for values in fields.lists() for value in values[1]):
        return fields
    found = QueryDict(mutable=True)
    for name, values in fields.lists():
        found.setlist(name, composed(values))
    found._mutable = False
    return found


class RefusalMiddleware(ViewMiddleware):
    """Turns a refusal (core.errors.DomainError) of a page into a page or a fragment.

    A page that met a rival's lock is asked for once more, where nothing of the first
    time stayed (core.rivals). What fails around a page, such as its session's row, is
    answered in the same way by web.views.failed.
    """

    def process_view(
        self, request: HttpRequest, view: Handler, args: Any, kwargs: Any
    ) -> None:
        rivals.begin()

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if isinstance(exception, DomainError):
            return refusal_response(request, exception)
        if (
            isinstance(exception, ReauthenticationRequired)
            and request.user.is_anonymous
        ):
            # the library would keep in a session what a stranger has sent
            return log_in_first(cast(PageRequest, request))
        if rivals.is_rival(exception) and (answer := _once_more(request)):
            return answer
        refusal = outages.noted(request, exception)
        return outage_response(request, refusal) if refusal else None


def _once_more(request: HttpRequest) -> HttpResponse | None:
    """The page, asked for a second time.

    None when it may not be, or meets a rival again.
    """
    match = request.resolver_match
    if (
        match is None
        or not rivals.may_repeat()
        or request.FILES
        or getattr(request, "was_repeated", False)
    ):
        return None
    request.was_repeated = True  # type: ignore[attr-defined]
    rivals.begin()
    try:
        response = match.func(request, *match.args, **match.kwargs)
        return response.render() if isinstance(response, TemplateResponse) else response
    except DomainError as error:
        return refusal_response(request, error)
    except DatabaseError as error:
        if outages.refusal_of(error) is None:
            raise
        return None

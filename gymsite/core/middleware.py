"""Turns a refusal (core.errors.DomainError) into the answer its asker expects: page, fragment or problem document."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .errors import DomainError
from .http import refusal_response


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusal_response(request, exception) if isinstance(exception, DomainError) else None

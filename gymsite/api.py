"""The API: its parts, its documentation, and its problem documents (RFC 9457).

Whatever goes wrong becomes a problem document here.
"""

import logging
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

import bookings.api
import catalog.api
import gymsite.partners.api
import gymsite.payments.api
import memberships.api
from gymsite.accounts import api as core_api
from gymsite.core import rivals
from gymsite.core.errors import DomainError, Invalid, NotFound
from gymsite.rest import openapi
from gymsite.rest.bearer import Bearer
from gymsite.rest.errors import Failed, MalformedJson, TooLarge
from gymsite.rest.json_input import StrictParser
from gymsite.web import outages
from gymsite.web.http import problem_response

log = logging.getLogger(__name__)


class GymApi(NinjaAPI):
    """django-ninja's API with an OpenAPI document that is made once.

    The document says what holds for every operation.
    """

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        return self.document

    @cached_property
    def document(self) -> Any:
        return openapi.completed(super().get_openapi_schema())


api = GymApi(
    title="gymsite",
    version="1",
    description=openapi.DESCRIPTION,
    servers=openapi.servers(settings.SITE_URL),
    openapi_extra=openapi.EXTRA,
    urls_namespace="api",
    auth=Bearer(),
    parser=StrictParser(),
)
api.add_router("/auth", core_api.auth)
api.add_router("/users", core_api.people)
api.add_router("/membership", memberships.api.router)
api.add_router("/payments", gymsite.payments.api.payments)
api.add_router("/payments", gymsite.payments.api.webhooks)
api.add_router("/classes", bookings.api.sessions)
api.add_router("/bookings", bookings.api.bookings)
api.add_router("/checkins", bookings.api.checkins)
api.add_router("/rooms", bookings.api.rooms)
api.add_router("/trainers", bookings.api.trainers)
api.add_router("/timetable", bookings.api.timetable)
api.add_router("/services", bookings.api.services)
api.add_router("/availability", bookings.api.availability)
api.add_router("/appointments", bookings.api.appointments)
api.add_router("/appointments", bookings.api.appointment_steps)
api.add_router("/clients", bookings.api.clients)
api.add_router("/reports", bookings.api.finances)
api.add_router("/reports", memberships.api.reports)
api.add_router("/catalog", catalog.api.products)
api.add_router("/catalog", catalog.api.reviews)
api.add_router("/carts", catalog.api.carts)
api.add_router("/orders", catalog.api.orders)
api.add_router("/rentals", catalog.api.rentals)
api.add_router("/stock", catalog.api.stock)
api.add_router("/partner", gymsite.partners.api.partners)
api.add_router("/partner", gymsite.partners.api.sponsorships)


@api.exception_handler(DomainError)
def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem_response(error)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Errors by field.

    Of a body's fields the place and the parameter's own name are left out.
    """
    fields: dict[str, list[str]] = {}
    for found in error.errors:
        place, *names = found["loc"]
        names = [str(name)[:100] for name in (names[1:] if place == "body" else names)]
        message = found["msg"].removeprefix("Value error, ")
        fields.setdefault(".".join(names) or "body", []).append(message)
    return problem_response(Invalid(fields))


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer with the parser's own refusal, which says more than ninja's wrapper."""
    cause = error.__cause__
    return problem_response(
        cause if isinstance(cause, DomainError) else MalformedJson()
    )


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(NotFound())


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem_response(TooLarge(remedy="Send less than 2.5 MB."))


@api.exception_handler(UnreadablePostError)
def broken_off(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return problem_response(MalformedJson("The body broke off."))


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer when the database is away or busy, or when our code has a defect.

    A defect is logged whole, told without its insides, and signalled.
    """
    if refusal := outages.noted(request, error):
        response = problem_response(refusal)
        response._has_been_logged = True  # type: ignore[attr-defined]  # just now
        response.is_rivals = rivals.is_rival(error)  # type: ignore[attr-defined]  # ApiAsideMiddleware asks once more
        return response
    log.exception("%s %s failed", request.method, request.path)
    got_request_exception.send(sender=GymApi, request=request)
    return problem_response(Failed())

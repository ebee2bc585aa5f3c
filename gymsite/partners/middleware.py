"""Tells a partner's program how often it may ask yet."""

from django.http import HttpRequest, HttpResponse

from gymsite.web.middleware import Handler


class RateLimitMiddleware:
    """Adds the headers of the IETF draft "RateLimit header fields for HTTP" to answers
    of requests that were counted (bearer.PartnerKey), refusals included."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if limit := getattr(request, "rate_limit", None):
            allowed, left, wait = limit
            response["RateLimit-Policy"] = f'"minute";q={allowed};w=60'
            response["RateLimit"] = f'"minute";r={left};t={wait}'
        return response

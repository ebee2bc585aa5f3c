"""Refusals of the API that any request may meet."""

from gymsite.core.errors import DomainError


class NotLoggedIn(DomainError):
    """Log in first: send an access token."""

    code = "not_logged_in"
    status = 401


class MalformedJson(DomainError):
    """This body is not JSON."""

    code = "malformed_json"
    status = 400


class WrongContentType(DomainError):
    """Send JSON, with Content-Type: application/json."""

    code = "wrong_content_type"
    status = 415


class TooLarge(DomainError):
    """This body is too large."""

    code = "too_large"
    status = 413


class InFlight(DomainError):
    """The first request with this key is still being answered."""

    code = "idempotency_in_flight"
    is_final = False


class Mismatch(DomainError):
    """This key was used for another request."""

    code = "idempotency_mismatch"
    status = 422


class Failed(DomainError):
    """Something went wrong here. It was noted and will be looked at."""

    code = "failed"
    status = 500

"""``Authorization: Bearer <access token>``: who an API request speaks for."""

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from gymsite.core.errors import BadToken
from gymsite.core.models import ApiSession, User
from gymsite.core.queries.sessions import by_access_token
from gymsite.rest.errors import NotLoggedIn

LONGEST_TOKEN = 200


class ApiRequest(HttpRequest):
    """A request as the API's views get it, past ``Bearer``."""

    auth: User
    api_session: ApiSession


class Bearer(HttpBearer):
    """Puts the user on ``request.auth`` and the API session beside it.

    It takes one query. Raises NotLoggedIn or BadToken.
    """

    def __call__(self, request: HttpRequest) -> User:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotLoggedIn(
                remedy="Put it in the header: Authorization: Bearer <access_token>."
            )
        return self.authenticate(request, token.strip())

    def authenticate(self, request: HttpRequest, token: str) -> User:
        usable = len(token) <= LONGEST_TOKEN and token.isascii()
        session = by_access_token(token, now=timezone.now()) if usable else None
        if session is None:
            raise BadToken(remedy="Refresh it, or log in again.")
        request.api_session = session  # type: ignore[attr-defined]
        return session.user

"""``Authorization: Bearer gym_…``: which partner's program a request comes from."""

import re
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from gymsite.core import throttle
from gymsite.core.errors import TooMany
from gymsite.partners.errors import BadKey, KeyInAddress, ScopeMissing
from gymsite.partners.models import Scope
from gymsite.partners.queries.api_keys import by_secret
from gymsite.rest.errors import NotLoggedIn

MINUTE = timedelta(minutes=1)
LONGEST_KEY = 100
IN_ADDRESS = re.compile(r"gym_[a-z0-9]{8}_")


class PartnerRequest(HttpRequest):
    """A request as a partner's views get it, past ``PartnerKey``: ``auth`` is the key
    with its partner (queries.api_keys.by_secret)."""

    auth: Any


class PartnerKey(HttpBearer):
    """Lets in whoever has a live key with the scope; counts the request against it.

    It takes two statements. Raises NotLoggedIn, KeyInAddress, BadKey, ScopeMissing or
    TooMany.
    """

    def __init__(self, scope: Scope | None = None) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        if IN_ADDRESS.search(request.META.get("QUERY_STRING", "")):
            raise KeyInAddress(remedy="End that key, and send a new one in the header.")
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer" or not secret:
            raise NotLoggedIn(
                remedy="Put it in the header: Authorization: Bearer gym_…"
            )
        return self.authenticate(request, secret.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        now = timezone.now()
        usable = len(token) <= LONGEST_KEY and token.isascii()
        key = by_secret(token, now=now) if usable else None
        if key is None:
            raise BadKey(remedy="Make a new one in the partner's console.")
        _count(request, key, now)
        if self.scope and self.scope not in key.scopes:
            raise ScopeMissing(f"This needs a key with the scope {self.scope}.")
        return key


def _count(request: HttpRequest, key: Any, now: Any) -> None:
    """Count the request, and note how many are left (middleware.RateLimitMiddleware).

    Raises TooMany.
    """
    allowed = key.requests_a_minute
    hits, since = throttle.count(f"key:{key.id}", window=MINUTE, now=now)
    wait = int((since + MINUTE - now).total_seconds()) + 1
    request.rate_limit = (allowed, max(0, allowed - hits), wait)  # type: ignore[attr-defined]
    if hits > allowed:
        raise TooMany(
            f"This key may ask {allowed} times a minute.",
            remedy=f"Ask again in {wait} seconds.",
            retry_after=wait,
        )

"""Browsers that have logged in before, known by a signed cookie.

The cookie lets nobody in: it only spares a browser the limits that others use up.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from gymsite.core import tokens

COOKIE = f"{settings.COOKIE_PREFIX}device"
SALT = "gymsite.device"
A_YEAR = 60 * 60 * 24 * 365
MOST_ACCOUNTS = 20  # of one device, such as the desk's


def device_of(request: HttpRequest, account: str) -> str:
    """The device's id if it has logged in to this account before, else nothing."""
    known = _read(request)
    return known["id"] if account in known["accounts"] else ""


def remember(request: HttpRequest, response: HttpResponse, account: str) -> None:
    """Let the browser show later that it has logged in to this account."""
    known = _read(request)
    others = [other for other in known["accounts"] if other != account]
    value = signing.dumps(
        {"id": known["id"], "accounts": [account, *others][:MOST_ACCOUNTS]}, salt=SALT
    )
    response.set_cookie(
        COOKIE,
        value,
        max_age=A_YEAR,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


def _read(request: HttpRequest) -> dict:
    try:
        return signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=A_YEAR)
    except signing.BadSignature:
        return {"id": tokens.new(), "accounts": []}

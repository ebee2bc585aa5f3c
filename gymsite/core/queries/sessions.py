"""Who is logged in, and where."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.crypto import salted_hmac

from gymsite.core import tokens
from gymsite.core.models import ApiSession, PageSession, User

MOST_SHOWN = 50

_USER = [
    field.attname
    for field in User._meta.concrete_fields
    if field.attname not in {"password", "pin_hash"}
]
# Asked before every API request, so it is plain SQL: through the ORM the same row takes
# three times the time.
BY_ACCESS_TOKEN = f"""
SELECT s.id, s.user_id, {", ".join(f"u.{name}" for name in _USER)}
FROM core_apisession s JOIN core_user u ON u.id = s.user_id
WHERE s.access_hash = %s AND s.is_active AND s.access_expires_at > %s AND u.is_active
"""


def by_access_token(token: str, *, now: datetime) -> ApiSession | None:
    """The live API session of a token, with its user (secrets deferred).

    One query, by the index core_apisession_access_unique.
    """
    with connection.cursor() as cursor:
        cursor.execute(BY_ACCESS_TOKEN, [tokens.digest(token), now])
        row = cursor.fetchone()
    if row is None:
        return None
    session = ApiSession.from_db(connection.alias, ["id", "user_id"], row[:2])
    session.user = User.from_db(connection.alias, _USER, row[2:])
    return session


@dataclass(frozen=True, slots=True)
class Live:
    """One log-in that has not ended.

    ``key`` names it to its owner and opens nothing. ``used_at`` is when it was last
    refreshed or, on the pages, begun; None where that was not noted.
    """

    key: str
    client: str
    began_at: datetime | None
    used_at: datetime | None
    is_api: bool
    is_this: bool = False


def shown_key(session_key: str) -> str:
    """What a browser's session is called on a page.

    Its own key would let in whoever reads it there.
    """
    digest = salted_hmac("gymsite.page-session", session_key, algorithm="sha256")
    return f"page-{digest.hexdigest()[:32]}"


def live(user_id: int, *, this: str, now: datetime) -> list[Live]:
    """A user's log-ins: this browser's own first, then the latest.

    ``this`` is the browser's session key. Two queries find the browsers and the API
    clients, of each the 50 that end last (core_pagesession_user,
    core_apisession_user_active).
    """
    pages = PageSession.objects.filter(user_id=user_id, expire_date__gt=now).order_by(
        "-expire_date"
    )
    clients = ApiSession.objects.filter(
        user_id=user_id, is_active=True, expires_at__gt=now
    ).order_by("-expires_at")
    found = [
        Live(
            shown_key(row.pk),
            row.client,
            row.began_at,
            row.began_at,
            is_api=False,
            is_this=row.pk == this,
        )
        for row in pages.only("client", "began_at")[:MOST_SHOWN]
    ]
    found += [
        Live(
            f"api-{row.pk}",
            row.client,
            row.created_at,
            row.refreshed_at or row.created_at,
            is_api=True,
        )
        for row in clients.only("client", "created_at", "refreshed_at")[:MOST_SHOWN]
    ]
    return sorted(found, key=_this_first_then_latest)


def _this_first_then_latest(one: Live) -> tuple[bool, float]:
    return not one.is_this, -one.used_at.timestamp() if one.used_at else 0.0

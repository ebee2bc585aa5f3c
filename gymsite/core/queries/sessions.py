from datetime import datetime

from .. import tokens
from ..models import ApiSession


def by_access_token(token: str, *, now: datetime) -> ApiSession | None:
    """The live API session of a token, with its user; one joined query (core_apisession_access_unique)."""
    return (
        ApiSession.objects.select_related("user")
        .filter(access_hash=tokens.digest(token), is_active=True, access_expires_at__gt=now, user__is_active=True)
        .first()
    )

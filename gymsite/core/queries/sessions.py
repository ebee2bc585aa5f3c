from datetime import datetime

from .. import tokens
from ..models import ApiSession, User


def user_by_access_token(token: str, *, now: datetime) -> User | None:
    """Whom an API request speaks for, with ``user.api_session_id``; one joined query, core_apisession_access_unique."""
    session = (
        ApiSession.objects.select_related("user")
        .filter(access_hash=tokens.digest(token), is_active=True, access_expires_at__gt=now, user__is_active=True)
        .first()
    )
    if session is None:
        return None
    session.user.api_session_id = session.pk
    return session.user

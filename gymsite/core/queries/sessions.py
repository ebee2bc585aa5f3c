from datetime import datetime

from django.db import connection

from .. import tokens
from ..models import ApiSession, User

_USER = [field.attname for field in User._meta.concrete_fields if field.attname not in {"password", "pin_hash"}]
# Asked before every API request, so it is plain SQL: through the ORM the same row takes three times the time.
BY_ACCESS_TOKEN = f"""
SELECT s.id, s.user_id, {", ".join(f"u.{name}" for name in _USER)}
FROM core_apisession s JOIN core_user u ON u.id = s.user_id
WHERE s.access_hash = %s AND s.is_active AND s.access_expires_at > %s AND u.is_active
"""


def by_access_token(token: str, *, now: datetime) -> ApiSession | None:
    """The live API session of a token, with its user (secrets deferred); one query, core_apisession_access_unique."""
    with connection.cursor() as cursor:
        cursor.execute(BY_ACCESS_TOKEN, [tokens.digest(token), now])
        row = cursor.fetchone()
    if row is None:
        return None
    session = ApiSession.from_db(connection.alias, ["id", "user_id"], row[:2])
    session.user = User.from_db(connection.alias, _USER, row[2:])
    return session

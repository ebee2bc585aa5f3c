"""Statements of operations that look something up on their way to a write."""

from gymsite.core.operations import sessions
from gymsite.postgres.tuned_query import Measured

NAMED = (
    "SELECT {} AS name, now() AS now FROM core_user WHERE role = 'member' ORDER BY "
    "hashint8(id) LIMIT 1"
)


def _log_in(name, now):
    return sessions.log_in(name=name, password="nobody's", now=now)  # noqa: S106  # stopped before it is looked at


QUERIES = (
    Measured(
        "log-in",
        "The account of a username",
        NAMED.format("username"),
        _log_in,
        ("core_user_username_unique",),
        about='UPPER("core_user"."username"',
    ),
    Measured(
        "log-in-by-mail",
        "The account of an e-mail address",
        NAMED.format("email"),
        _log_in,
        ("core_user_email",),
        about='FROM "core_user"',
    ),
    Measured(
        "refresh",
        "Trading a refresh token for a new pair",
        "SELECT 'nobody''s' AS refresh_token, now() AS now",
        sessions.refresh,
        ("core_apisession_refresh_unique",),
    ),
    Measured(
        "refresh-replayed",
        "Whose session a refresh token ends that comes twice",
        "SELECT 'nobody''s' AS refresh_token, now() AS now",
        sessions.refresh,
        ("core_apisession_family_unique",),
        about='UPDATE "core_apisession"',
    ),
)

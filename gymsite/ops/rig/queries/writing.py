"""Statements of operations that look something up on their way to a write."""

from gymsite.core.operations import sessions
from gymsite.postgres.statements import statements
from gymsite.postgres.tuned_query import Reference, TunedQuery

SQL = statements("gymsite.ops.rig.queries", "samples")


def _log_in(name, now):
    return sessions.log_in(name=name, password="nobody's", now=now)  # noqa: S106  # stopped before it is looked at


QUERIES = (
    TunedQuery(
        "log-in",
        "The account of a username",
        SQL.username,
        _log_in,
        ("core_user_username_unique",),
        about='UPPER("core_user"."username"',
        reference=Reference(3, less=70),
    ),
    TunedQuery(
        "log-in-by-mail",
        "The account of an e-mail address",
        SQL.email,
        _log_in,
        ("core_user_email",),
        about='FROM "core_user"',
        reference=Reference(3, less=70),
    ),
    TunedQuery(
        "refresh",
        "Trading a refresh token for a new pair",
        SQL.nobodys_token,
        sessions.refresh,
        ("core_apisession_refresh_unique",),
    ),
    TunedQuery(
        "refresh-replayed",
        "Whose session a refresh token ends that comes twice",
        SQL.nobodys_token,
        sessions.refresh,
        ("core_apisession_family_unique",),
        about="SET is_active = false",
    ),
)

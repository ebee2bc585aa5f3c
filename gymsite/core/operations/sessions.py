"""Log-ins: how they end, and how those of the API begin.

Those of the API are opaque tokens, refreshed by rotation; a refresh token that comes
twice ends its session. A browser's log-in begins with the log-in library's pages
(gymsite.accounts.page_sessions).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.db import transaction

from gymsite.core import tokens
from gymsite.core.errors import BadCredentials, BadToken, SecondFactorNeeded
from gymsite.core.event_kinds import CoreEvent
from gymsite.core.models import ApiSession, PageSession, User
from gymsite.core.operations import events, log_in_limits
from gymsite.core.operations.second_factors import spend_code
from gymsite.core.queries.sessions import shown_key
from gymsite.core.text import one_line, tidy_identifier
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.core", "sessions")

ACCESS_LASTS = timedelta(minutes=15)
SESSION_LASTS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client keeps; the lengths of life are in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    user_id: int


def log_in(
    *,
    name: str,
    password: str,
    code: str = "",
    client: str = "",
    address: str = "",
    now: datetime,
) -> TokenPair:
    """Start an API session for a username or e-mail address.

    ``address`` is where the request comes from (log_in_limits). ``code`` is from the
    authenticator app, or a recovery code, where the account has switched that on.
    Raises BadCredentials, SecondFactorNeeded or TooMany.
    """
    if "\0" in name + password:  # the database can't look for it
        raise BadCredentials()
    name = tidy_identifier(name)
    account, origin = log_in_limits.account_of(name), log_in_limits.Origin(address)
    log_in_limits.check(account, origin, now=now)
    try:
        user = _authenticated(name, password, code, now)
    except BadCredentials:
        log_in_limits.failed(account, origin, now=now)
        raise
    log_in_limits.succeeded(account, origin)
    return _begun(user, client, now)


def _authenticated(name: str, password: str, code: str, now: datetime) -> User:
    # allauth's back end takes a username or an address; an unknown one takes it as long
    # as a wrong password
    user = authenticate(
        None,
        **({"email": name} if "@" in name else {"username": name}),
        password=password,
    )
    if user is None:
        raise BadCredentials()
    _check_second_factor(user, code, now)
    return user


def _begun(user: User, client: str, now: datetime) -> TokenPair:
    access, refresh = tokens.new(), next_refresh_token(tokens.new())
    ApiSession.objects.create(
        user=user,
        access_hash=tokens.digest(access),
        refresh_hash=tokens.digest(refresh),
        family_hash=tokens.digest(family_of(refresh)),
        access_expires_at=now + ACCESS_LASTS,
        expires_at=now + SESSION_LASTS,
        created_at=now,
        client=one_line(client),
    )
    return TokenPair(access, refresh, int(ACCESS_LASTS.total_seconds()), user.pk)


def _check_second_factor(user: User, code: str, now: datetime) -> None:
    """Raise unless the account asks for no code, or ``code`` is right.

    A passkey can't be shown here, so an account that has only a passkey is refused.
    """
    if not Authenticator.objects.filter(user=user).exists():
        return
    if not code:
        raise SecondFactorNeeded(
            remedy="Send it as code, from the authenticator app or a recovery code."
        )
    if spend_code(user_id=user.pk, code=code, now=now) is None:
        raise BadCredentials("That code is not right.")


def refresh(*, refresh_token: str, now: datetime) -> TokenPair:
    """Trade a refresh token for a new pair of tokens.

    Of two requests at once one wins, and the replay ends the session. It does so
    however old the token is that comes again: somebody has a copy, and nobody can tell
    who. Its person is told.
    """
    family = family_of(refresh_token)
    access, new = tokens.new(), next_refresh_token(family)
    values = {
        "old": tokens.digest(refresh_token),
        "new": tokens.digest(new),
        "access": tokens.digest(access),
        "access_expires_at": now + ACCESS_LASTS,
        "now": now,
    }
    rotated = fetch_one(SQL.rotate, values)
    if rotated is None:
        _end_family(family, now)
        raise BadToken()
    return TokenPair(access, new, int(ACCESS_LASTS.total_seconds()), rotated.user_id)


@transaction.atomic
def _end_family(family: str, now: datetime) -> None:
    values = {"family": tokens.digest(family), "now": now}
    ended = fetch_one(SQL.end_family, values)
    if ended and ended.was_live:
        user = User.objects.only("home_branch_id").get(pk=ended.user_id)
        events.record(CoreEvent.TOKEN_REPLAYED, user, at=now, client=ended.client)


def next_refresh_token(family: str) -> str:
    """A refresh token of a log-in.

    It is what all tokens of the log-in begin with, and a secret of its own.
    """
    return f"{family}.{tokens.new()}"


def family_of(refresh_token: str) -> str:
    return refresh_token.partition(".")[0]


def log_out(*, session_id: int) -> None:
    ApiSession.objects.filter(pk=session_id, is_active=True).update(is_active=False)


def end_all(*, user_id: int) -> int:
    """End every log-in of a user, pages' and API's; return how many there were."""
    return _end(user_id)


@transaction.atomic
def end_one(*, user_id: int, key: str, now: datetime) -> bool:
    """End one of one's own log-ins by its ``key`` (queries.sessions.Live).

    Returns False where there is none with that key.
    """
    kind, _, name = key.partition("-")
    if kind == "api":
        mine = ApiSession.objects.filter(user_id=user_id, is_active=True, pk=_id(name))
        ended = mine.update(is_active=False)
    else:
        pages = PageSession.objects.filter(user_id=user_id).values_list("pk", flat=True)
        ended = PageSession.objects.filter(
            pk__in=[page for page in pages if shown_key(page) == key]
        ).delete()[0]
    _record(user_id, ended, now)
    return bool(ended)


def _id(text: str) -> int:
    """The key of an API session in a text that somebody sent.

    It is 0, which is nobody's, where the text is no key.
    """
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 18 else 0


@transaction.atomic
def end_others(*, user_id: int, but: str, now: datetime) -> int:
    """End all of one's own log-ins except this browser's; return how many there were.

    ``but`` is the browser's session key.
    """
    ended = _end(user_id, but=but)
    _record(user_id, ended, now)
    return ended


def _end(user_id: int, but: str = "") -> int:
    pages, _ = PageSession.objects.filter(user_id=user_id).exclude(pk=but).delete()
    return pages + ApiSession.objects.filter(user_id=user_id, is_active=True).update(
        is_active=False
    )


def _record(user_id: int, count: int, now: datetime) -> None:
    if not count:
        return
    user = User.objects.only("home_branch_id").get(pk=user_id)
    kind = CoreEvent.SESSIONS_ENDED
    events.record(kind, user, at=now, actor_id=user_id, count=count)

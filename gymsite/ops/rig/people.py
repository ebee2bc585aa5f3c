"""Members of the seeded database with tokens, log-ins, and places they can book."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    load_backend,
)
from django.contrib.auth.hashers import make_password
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.utils.crypto import get_random_string

from gymsite.core import tokens
from gymsite.core.models import ApiSession, User
from gymsite.postgres.rows import execute, fetch_all, fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.rig", "people")

BATCH = 5000
DAY = timedelta(days=1)
PASSWORD = "a password of the rig's own"  # noqa: S105 (opens no database but its own)


@dataclass(frozen=True, slots=True)
class Pair:
    """A member and a session that the member may book."""

    member: int
    session: int


@dataclass(frozen=True, slots=True)
class Booked:
    """An appointment that its client can still move."""

    client: int
    reference: str


class People:
    """Members and the proofs of who they are, each made once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._tokens: dict[int, str] = {}

    def unlimited(self, count: int) -> list[int]:
        """Up to ``count`` members whose plan has no limit, in no order."""
        return _ids(SQL.unlimited, {"today": self.now.date(), "count": count})

    def tokens(self, members: Iterable[int]) -> dict[int, str]:
        """An API access token for each member."""
        missing = [
            member for member in dict.fromkeys(members) if member not in self._tokens
        ]
        made = {member: tokens.new() for member in missing}
        ApiSession.objects.bulk_create(
            [self._api_session(*pair) for pair in made.items()], batch_size=BATCH
        )
        self._tokens |= made
        return self._tokens

    def _api_session(self, member: int, token: str) -> ApiSession:
        return ApiSession(
            user_id=member,
            access_hash=tokens.digest(token),
            refresh_hash=tokens.digest(tokens.new()),
            access_expires_at=self.now + DAY,
            expires_at=self.now + DAY,
            created_at=self.now,
            client="bench",
        )

    def cookies(self, members: Iterable[int]) -> dict[int, str]:
        """The Cookie header of each member's browser, with the token for forms."""
        engine = import_module(settings.SESSION_ENGINE)
        backend = next(
            path
            for path in settings.AUTHENTICATION_BACKENDS
            if hasattr(load_backend(path), "get_user")
        )
        found = {}
        for user in User.objects.filter(pk__in=list(members)):
            store = engine.SessionStore()
            store[SESSION_KEY] = str(user.pk)
            store[BACKEND_SESSION_KEY] = backend
            store[HASH_SESSION_KEY] = user.get_session_auth_hash()
            store.create()
            names = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
            found[user.pk] = (
                f"{names[0]}={store.session_key}; "
                f"{names[1]}={get_random_string(CSRF_SECRET_LENGTH)}"
            )
        return found

    def log_ins(self, members: Iterable[int]) -> list[dict[str, str]]:
        """What each member types to log in, with a password that they have from now on;
        ends the log-ins that ``cookies`` made before."""
        rows = User.objects.filter(pk__in=list(members))
        rows.update(password=make_password(PASSWORD))
        return [
            {"login": name, "password": PASSWORD}
            for name in rows.values_list("username", flat=True)
        ]

    def shoppers(self, count: int) -> list[int]:
        """Up to ``count`` members without an open cart, in no order."""
        return _ids(SQL.shoppers, {"count": count})

    def unreviewed(self, count: int) -> list[tuple[int, int]]:
        """(member, product) pairs of what was bought and not reviewed."""
        return fetch_all(SQL.unreviewed, {"count": count})

    def branch(self) -> int:
        """Where rows of a tool's own belong."""
        return fetch_one(SQL.branch).id

    def stock_up(self, products: list[int], branch: int, quantity: int) -> None:
        """Lay so many more of each product in the store of a tool's own."""
        values = {"branch": branch, "products": products, "quantity": quantity}
        execute(SQL.stock_up, values)

    def open_sessions(self, count: int) -> list[int]:
        """Sessions that can be booked now, one to thirteen days ahead."""
        return _ids(SQL.open_sessions, {"now": self.now, "count": count})

    def sessions(self, query: str) -> list[int]:
        """What a query for session ids finds; ``%(now)s`` in it is the tool's clock."""
        return _ids(query, {"now": self.now})

    def pairs(
        self, members: list[int], sessions: list[int], *, shift: int = 0
    ) -> list[Pair]:
        """One session for each member without a clash in the member's day."""
        if not sessions:
            return []
        values = {"members": members, "sessions": sessions, "shift": shift}
        return fetch_all(SQL.pairs, values, Pair)

    def promoting(self, count: int) -> list[Pair]:
        """Bookings, one a session, whose cancelling promotes the first in line."""
        return fetch_all(SQL.promoting, {"now": self.now, "count": count}, Pair)

    def appointments(self, count: int) -> list[Booked]:
        """Up to ``count`` appointments ahead, one a client."""
        return fetch_all(SQL.appointments, {"now": self.now, "count": count}, Booked)


def leave_places(sessions: list[int], places: int) -> None:
    """Make ``places`` of each session free to book; the database is a tool's own."""
    execute(SQL.leave_places, {"places": places, "sessions": sessions})


def _ids(query: str, values: dict) -> list[int]:
    return [row.id for row in fetch_all(query, values)]

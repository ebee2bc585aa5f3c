"""Who asks for what: members of the seeded database, given tokens and log-ins, and
places they can book."""

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
from django.db import connection
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.utils.crypto import get_random_string

from bookings.models import HOLDS_PLACE
from gymsite.core import tokens
from gymsite.core.models import ApiSession, User

BATCH = 5000
DAY = timedelta(days=1)

# Members who may book anything anywhere: every refusal would be our own mistake.
UNLIMITED = """
SELECT member.id FROM core_user member
JOIN memberships_membership m ON m.member_id = member.id AND m.is_base AND m.status = 'active'
    AND m.starts_on <= %(today)s AND (m.ends_on IS NULL OR m.ends_on > %(today)s + 60)
    AND m.kind = 'unlimited' AND m.includes_classes AND m.only_branch_id IS NULL
WHERE member.role = 'member' AND member.is_active
ORDER BY hashint8(member.id) LIMIT %(count)s
"""

# One session for each member, none that overlaps what the member holds or waits for.
# ``shift`` deals another hand.
PAIRS = f"""
WITH dealt AS (
    SELECT member, (n + %(shift)s) %% cardinality(%(sessions)s::bigint[]) + 1 AS place
    FROM unnest(%(members)s::bigint[]) WITH ORDINALITY AS people (member, n)
)
SELECT member, s.id FROM dealt JOIN bookings_classsession s ON s.id = (%(sessions)s::bigint[])[place]
WHERE NOT EXISTS (
    SELECT FROM bookings_booking b WHERE b.member_id = member AND b.status IN {HOLDS_PLACE}
    AND b.starts_at < s.ends_at AND b.ends_at > s.starts_at
) AND NOT EXISTS (
    SELECT FROM bookings_waitlistentry w WHERE w.member_id = member AND w.status = 'waiting'
    AND w.starts_at < s.ends_at AND w.ends_at > s.starts_at
)
ORDER BY hashint8(member)
"""

OPEN_SESSIONS = """
SELECT id FROM bookings_classsession
WHERE status = 'scheduled' AND waitlist_length = 0 AND booked_count < capacity
    AND starts_at > %(now)s + interval '1 day' AND starts_at < %(now)s + interval '13 days'
ORDER BY hashint8(id) LIMIT %(count)s
"""

# Where a cancellation promotes somebody: full, with people waiting, and early enough
# for a promotion.
PROMOTING = """
SELECT b.member_id, b.session_id, s.waitlist_length FROM bookings_classsession s
JOIN LATERAL (
    SELECT member_id, session_id FROM bookings_booking WHERE session_id = s.id AND status = 'booked' LIMIT 1
) b ON true
WHERE s.status = 'scheduled' AND s.waitlist_length > 0 AND s.booked_count = s.capacity
    AND s.starts_at > %(now)s + interval '1 day'
ORDER BY hashint8(s.id) LIMIT %(count)s
"""


# Members who have no cart open: each may begin one.
SHOPPERS = """
SELECT id FROM core_user WHERE role = 'member' AND is_active AND NOT EXISTS (
    SELECT FROM catalog_cart c WHERE c.member_id = core_user.id AND c.status = 'open'
)
ORDER BY hashint8(id) LIMIT %(count)s
"""

UNREVIEWED = """
SELECT c.member_id, i.product_id FROM catalog_cart c JOIN catalog_cartitem i ON i.cart_id = c.id
WHERE c.status = 'ordered' AND EXISTS (SELECT FROM core_user u WHERE u.id = c.member_id AND u.is_active)
    AND NOT EXISTS (SELECT FROM catalog_review r WHERE (r.member_id, r.product_id) = (c.member_id, i.product_id))
ORDER BY hashint8(c.id) LIMIT %(count)s
"""

STOCK_UP = """
INSERT INTO catalog_stockentry (branch_id, product_id, kind, quantity, balance, reason, at)
SELECT %(branch)s, product, 'stock_take', %(quantity)s, 0, 'bench', now() FROM unnest(%(products)s::bigint[]) product
ORDER BY product
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A member and a session that the member may book."""

    member: int
    session: int


class People:
    """Members and the proofs of who they are; tokens and log-ins are made once for
    each."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._tokens: dict[int, str] = {}

    def unlimited(self, count: int) -> list[int]:
        """Up to ``count`` members whose plan has no limit, in an order that has no
        meaning."""
        return _ids(UNLIMITED, {"today": self.now.date(), "count": count})

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
        """The Cookie header of each member's browser after logging in: a session, and
        the token for forms."""
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

    def shoppers(self, count: int) -> list[int]:
        """Up to ``count`` members without an open cart, in an order that has no
        meaning."""
        return _ids(SHOPPERS, {"count": count})

    def unreviewed(self, count: int) -> list[tuple[int, int]]:
        """(member, product) pairs of what was bought and not reviewed."""
        with connection.cursor() as cursor:
            cursor.execute(UNREVIEWED, {"count": count})
            return cursor.fetchall()

    def branch(self) -> int:
        """Where rows of a tool's own belong."""
        return _ids(
            "SELECT id FROM core_branch WHERE is_active ORDER BY id LIMIT 1", {}
        )[0]

    def stock_up(self, products: list[int], branch: int, quantity: int) -> None:
        """Lay so many more of each product in the store; the database is a tool's
        own."""
        with connection.cursor() as cursor:
            cursor.execute(
                STOCK_UP, {"branch": branch, "products": products, "quantity": quantity}
            )

    def open_sessions(self, count: int) -> list[int]:
        """Sessions that can be booked now, one to thirteen days ahead."""
        return _ids(OPEN_SESSIONS, {"now": self.now, "count": count})

    def sessions(self, query: str) -> list[int]:
        """What a query for session ids finds; ``%(now)s`` in it is the tool's clock."""
        return _ids(query, {"now": self.now})

    def pairs(
        self, members: list[int], sessions: list[int], *, shift: int = 0
    ) -> list[Pair]:
        """One session for each member without a clash in the member's day; none without
        sessions."""
        if not sessions:
            return []
        with connection.cursor() as cursor:
            cursor.execute(
                PAIRS, {"members": members, "sessions": sessions, "shift": shift}
            )
            return [Pair(*row) for row in cursor.fetchall()]

    def promoting(self, count: int) -> list[Pair]:
        """Bookings, one a session, whose cancelling promotes the first in line."""
        with connection.cursor() as cursor:
            cursor.execute(PROMOTING, {"now": self.now, "count": count})
            return [Pair(member, session) for member, session, _ in cursor.fetchall()]


def leave_places(sessions: list[int], places: int) -> None:
    """Make ``places`` of each session free to book, whatever its room holds; the
    database is a tool's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE bookings_classsession SET capacity = booked_count + %s WHERE id = "
            "ANY(%s)",
            [places, sessions],
        )


def _ids(query: str, values: dict) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [row[0] for row in cursor.fetchall()]

"""How many tries in how long: one statement a try, exact across processes."""

from datetime import datetime, timedelta

from django.db import connection

from gymsite.core.errors import TooMany

# The row of the key is written whether or not the window has passed, so two tries at
# once count as two.
COUNT_HIT = """
INSERT INTO core_throttle AS t (key, started_at, hits) VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN t.started_at > %(since)s THEN t.hits + 1 ELSE 1 END,
    started_at = CASE WHEN t.started_at > %(since)s THEN t.started_at ELSE %(now)s END
RETURNING hits, started_at
"""


SEEN = "SELECT hits, started_at FROM core_throttle WHERE key = %s AND started_at > %s"


def check(key: str, *, allowed: int, window: timedelta, now: datetime) -> None:
    """Raise TooMany where ``allowed`` were counted in this window; for what counts
    failures by ``hit`` afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [key[:120], now - window])
        row = cursor.fetchone()
    if row and row[0] >= allowed:
        raise _too_many(allowed, row[1] + window - now)


def count(key: str, *, window: timedelta, now: datetime) -> tuple[int, datetime]:
    """Count a try of ``key``: how many there are in its window by now, and when that
    began."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_HIT, {"key": key[:120], "now": now, "since": now - window})
        return cursor.fetchone()


def hit(key: str, *, allowed: int, window: timedelta, now: datetime) -> None:
    """Count a try of ``key`` and raise TooMany (with the seconds to wait) when it is
    more than ``allowed`` a window."""
    hits, started_at = count(key, window=window, now=now)
    if hits > allowed:
        raise _too_many(allowed, started_at + window - now)


def _too_many(allowed: int, left: timedelta) -> TooMany:
    wait = int(left.total_seconds()) + 1
    minutes = -(-wait // 60)
    return TooMany(
        f"That was more than {allowed} tries.",
        remedy=f"Try again in {minutes} minute{'s' if minutes > 1 else ''}.",
        retry_after=wait,
    )


def forget(key: str) -> None:
    """After a success the tries before it count no more."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_throttle WHERE key = %s", [key[:120]])

"""Limits of tries per window of time: one statement per try, exact across processes."""

from datetime import datetime, timedelta

from gymsite.core.errors import TooMany
from gymsite.postgres.rows import execute, fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.core", "throttle")


def check(key: str, *, allowed: int, window: timedelta, now: datetime) -> None:
    """Raise TooMany where ``allowed`` tries were counted in this window.

    It counts nothing itself: the caller counts a failure afterwards, by ``count``.
    """
    seen = fetch_one(SQL.hits, {"key": key[:120], "since": now - window})
    if seen and seen.hits >= allowed:
        raise _too_many(allowed, seen.started_at + window - now)


def count(key: str, *, window: timedelta, now: datetime) -> tuple[int, datetime]:
    """Count a try of ``key``.

    Returns how many tries its window has by now, and when the window began.
    """
    values = {"key": key[:120], "now": now, "since": now - window}
    return fetch_one(SQL.count_hit, values)


def hit(key: str, *, allowed: int, window: timedelta, now: datetime) -> None:
    """Count a try of ``key``, and refuse it beyond ``allowed`` tries per window.

    Raises TooMany, with the seconds to wait.
    """
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
    """Drop the count of ``key`` after a success."""
    execute(SQL.forget, {"key": key[:120]})

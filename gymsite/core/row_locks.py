"""Row locks that Django has no word for.

A claim reads what it depends on with them, so that it judges the newest version, and
nobody changes that before the claim is committed.

FOR SHARE waits for every change, and every change waits for it. For FOR KEY SHARE only
FOR UPDATE waits: closing an account takes it, a log-in or a changed name does not.
"""

from typing import TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
SHARE, KEY_SHARE = "FOR SHARE", "FOR KEY SHARE"


def shared(rows: QuerySet[M]) -> M | None:
    """The first of the rows, read FOR SHARE.

    The rows are of one table. None where, after any wait, no row fits.
    """
    return _first(rows, SHARE)


def key_shared(rows: QuerySet[M]) -> M | None:
    """The first of the rows, read FOR KEY SHARE; the rows are of one table."""
    return _first(rows, KEY_SHARE)


def _first(rows: QuerySet[M], strength: str) -> M | None:
    ordered = rows if rows.query.order_by else rows.order_by("pk")
    statement, values = ordered[:1].query.sql_with_params()
    found = rows.model._default_manager.raw(f"{statement} {strength}", values)
    return next(iter(found), None)

"""Row locks that Django has no word for. What a claim depends on is read with them, so
that it is the newest version that is judged, and nobody changes it before the claim is
committed.

FOR SHARE waits for every change and is waited for by them; FOR KEY SHARE only by what
takes FOR UPDATE: closing an account does, a log-in or a changed name does not.
"""

from typing import TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
SHARE, KEY_SHARE = "FOR SHARE", "FOR KEY SHARE"


def shared(rows: QuerySet[M]) -> M | None:
    """The first of rows of one table, FOR SHARE; None where, after any wait, none
    fits."""
    return _first(rows, SHARE)


def key_shared(rows: QuerySet[M]) -> M | None:
    """The first of rows of one table, FOR KEY SHARE."""
    return _first(rows, KEY_SHARE)


def _first(rows: QuerySet[M], strength: str) -> M | None:
    ordered = rows if rows.query.order_by else rows.order_by("pk")
    statement, values = ordered[:1].query.sql_with_params()
    found = rows.model._default_manager.raw(f"{statement} {strength}", values)
    return next(iter(found), None)

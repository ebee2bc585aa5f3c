"""The statement that the product's own code sends, and a row of its parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from gymsite.postgres.tuned_query import TunedQuery

BETWEEN = ("SAVEPOINT", "RELEASE", "ROLLBACK")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with placeholders, as psycopg takes it with its parameters."""

    sql: str
    parameters: Any


class NoSample(Exception):
    """There is no row to ask the query of, or the product never sent it."""


class _Sent(BaseException):
    """Ends the product's code at the statement; no ``except Exception`` keeps it."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement


def sample(query: TunedQuery) -> dict[str, Any]:
    """The parameters of a query, from the data; raises NoSample where no row fits."""
    with connection.cursor() as cursor:
        cursor.execute(query.sample)
        row = cursor.fetchone()
        names = [column.name for column in cursor.description or ()]
    if row is None:
        raise NoSample("The data has no row to ask this of.")
    return dict(zip(names, row, strict=True))


def statement_of(query: TunedQuery, parameters: dict[str, Any]) -> Statement:
    """What the product sends when it is asked so.

    It goes no further, and what it wrote until then is rolled back.
    """
    with transaction.atomic():
        try:
            with connection.execute_wrapper(_stopping_at(query.about)):
                asked = query.ask(**parameters)
                if isinstance(asked, QuerySet):
                    list(asked)
        except _Sent as sent:
            return sent.statement
        finally:
            transaction.set_rollback(True)
    raise NoSample(f"The product sent no statement with {query.about!r}.")


def _stopping_at(about: str) -> Callable[..., Any]:
    def look(
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: dict[str, Any],
    ) -> Any:
        if about in sql and not sql.startswith(BETWEEN):
            raise _Sent(Statement(sql, params))
        return execute(sql, params, many, context)

    return look

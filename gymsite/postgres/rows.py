"""Rows by the names of their columns, for statements that the ORM does not write."""

from collections import namedtuple
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, overload

import psycopg
from django.db import connection
from psycopg.rows import namedtuple_row

Row = TypeVar("Row")
Values = Mapping[str, Any] | None


@overload
def fetch_all(statement: str, values: Values = None) -> list[Any]: ...
@overload
def fetch_all(
    statement: str, values: Values, made: Callable[..., Row]
) -> list[Row]: ...
def fetch_all(statement: str, values: Values = None, made: Any = None) -> list[Any]:
    """Every row of a statement.

    A row is ``made(column=value, ...)``, as a dataclass takes it, or else a named
    tuple.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.pgresult
        # cursor.description makes an object a column, each time
        columns = tuple(map(found.fname, range(found.nfields)))
        rows = cursor.fetchall()
    named = _named(columns)
    if made is None:
        return [*map(named._make, rows)]
    return [made(**dict(zip(named._fields, row, strict=True))) for row in rows]


@overload
def fetch_one(statement: str, values: Values = None) -> Any: ...
@overload
def fetch_one(
    statement: str, values: Values, made: Callable[..., Row]
) -> Row | None: ...
def fetch_one(statement: str, values: Values = None, made: Any = None) -> Any:
    """The first row as ``fetch_all`` makes it, or None."""
    rows = fetch_all(statement, values, made)
    return rows[0] if rows else None


def fetch_from(
    own: psycopg.Connection, statement: str, values: Values = None
) -> list[Any]:
    """Every row as a named tuple, on the caller's own connection, without Django."""
    with own.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(statement, values).fetchall()


def execute(statement: str, values: Values = None) -> int:
    """Run a statement; return how many rows it wrote or found."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


@cache
def _named(columns: tuple[bytes, ...]) -> Any:
    return namedtuple("Row", [column.decode() for column in columns])

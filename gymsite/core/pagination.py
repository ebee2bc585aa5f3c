"""Keyset pages: a cursor names the last row seen.

So page 10,000 costs what page 1 does, and no row is counted.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from gymsite.core.errors import Invalid

LARGEST = 200
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows and the cursor of those after them, which is None at the end."""

    items: list[Row]
    next: str | None


def keyset_page(
    rows: QuerySet[Any], fields: tuple[str, ...], *, cursor: str | None, limit: int
) -> Page[Any]:
    """The page of ``rows`` after ``cursor``.

    ``fields`` is the order, with "-" for descending, of columns or annotations that
    together tell rows apart. Raises Invalid for a cursor that was not made here or a
    limit outside 1 to 200.
    """
    if not 1 <= limit <= LARGEST:
        raise Invalid({"limit": [f"Ask for 1 to {LARGEST} rows, not {limit}."]})
    rows = rows.order_by(*fields)
    if cursor:
        rows = rows.filter(_after(rows, fields, decode(cursor, len(fields))))
    found = list(rows[: limit + 1])
    items, more = found[:limit], len(found) > limit
    if not more:
        return Page(items, None)
    last = [getattr(items[-1], field.lstrip("-")) for field in fields]
    return Page(items, encode(last))


def encode(values: list[Any]) -> str:
    return (
        base64.urlsafe_b64encode(json.dumps(values, default=_text).encode())
        .decode()
        .rstrip("=")
    )


def decode(cursor: str, length: int) -> list[Any]:
    """The values in a cursor; raises Invalid when it is not one of ours."""
    try:
        values = json.loads(
            base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        )
    except (ValueError, binascii.Error, UnicodeError, RecursionError):
        values = None
    plain = isinstance(values, list) and len(values) == length
    if not plain or not all(
        isinstance(value, str | int) and not isinstance(value, bool) for value in values
    ):
        raise Invalid(
            {"cursor": ["This cursor is not one we gave. Start from the first page."]}
        )
    return values


def _after(rows: QuerySet[Any], fields: tuple[str, ...], values: list[Any]) -> Q:
    """The condition (a, b) > (x, y) for fields in ascending or descending order.

    It is spelled out, so that a descending field may stand beside an ascending one. The
    first field's own bound comes first: it is what the index scan starts from.
    """
    values = [
        _parsed(rows, field, value) for field, value in zip(fields, values, strict=True)
    ]
    condition = Q()
    for last in reversed(range(len(fields))):
        name, beyond = (
            fields[last].lstrip("-"),
            "lt" if fields[last].startswith("-") else "gt",
        )
        further = Q(**{f"{name}__{beyond}": values[last]})
        condition = (
            further | (Q(**{name: values[last]}) & condition) if condition else further
        )
    first, bound = fields[0].lstrip("-"), "lte" if fields[0].startswith("-") else "gte"
    return Q(**{f"{first}__{bound}": values[0]}) & condition


def _parsed(rows: QuerySet[Any], field: str, value: Any) -> Any:
    """A cursor's value as its column's type.

    An integer is kept within what a bigint holds.
    """
    computed = rows.query.annotations.get(field.lstrip("-"))
    column = (
        computed.output_field
        if computed
        else rows.model._meta.get_field(field.lstrip("-"))
    )
    try:
        parsed = column.to_python(value)
    except Exception as exception:
        raise Invalid(
            {"cursor": ["This cursor is not one we gave. Start from the first page."]}
        ) from exception
    if isinstance(parsed, datetime) and parsed.tzinfo is None:
        raise Invalid(
            {"cursor": ["This cursor is not one we gave. Start from the first page."]}
        )
    if isinstance(parsed, str) and "\0" in parsed:
        raise Invalid(
            {"cursor": ["This cursor is not one we gave. Start from the first page."]}
        )
    if isinstance(parsed, int) and not -(2**63) <= parsed < 2**63:
        raise Invalid(
            {"cursor": ["This cursor is not one we gave. Start from the first page."]}
        )
    return parsed


def _text(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"A cursor can't hold {type(value)}")

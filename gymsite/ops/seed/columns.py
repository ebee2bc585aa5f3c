"""Columns as numpy arrays, and their rows in PostgreSQL's binary COPY format.

An instant is an int64 of microseconds and a day an int32, both since 2000-01-01 UTC, as
PostgreSQL stores them.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np

EPOCH = date(2000, 1, 1)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)
ROWS_A_CHUNK = 16_384

_FIXED = {
    "bool": "?",
    "int2": ">i2",
    "int4": ">i4",
    "int8": ">i8",
    "date": ">i4",
    "time": ">i8",
    "timestamptz": ">i8",
}
_VARCHAR_OID = 1043


@dataclass(frozen=True, slots=True)
class Words:
    """Text by number: row i holds ``pool[codes[i]]``.

    ``pool`` is an array of UTF-8 bytes (dtype S).
    """

    pool: np.ndarray
    codes: np.ndarray

    @classmethod
    def of(cls, words: Sequence[str], codes: np.ndarray) -> "Words":
        return cls(np.array([word.encode() for word in words], dtype=np.bytes_), codes)

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Any) -> "Words":
        return Words(self.pool, self.codes[rows])


@dataclass(frozen=True, slots=True)
class Maybe:
    """Values of which only those with ``present`` are there; the others are NULL."""

    values: Any
    present: np.ndarray

    def __len__(self) -> int:
        return len(self.present)

    def __getitem__(self, rows: Any) -> "Maybe":
        return Maybe(self.values[rows], self.present[rows])


# An array (bool, int, S), Words, Maybe, or one scalar for every row (bool, int, str,
# bytes; None is NULL).
Column = Any


@dataclass(slots=True)
class Table:
    """The rows of one database table. ``columns`` are of one length, in any order."""

    name: str
    columns: dict[str, Column]

    def __len__(self) -> int:
        return next(
            (
                len(column)
                for column in self.columns.values()
                if isinstance(column, np.ndarray)
            ),
            0,
        )


def day_number(day: date) -> int:
    return (day - EPOCH).days


def instant_number(moment: datetime) -> int:
    seconds = moment.astimezone(UTC).replace(tzinfo=None) - datetime(2000, 1, 1)
    return seconds.days * DAY + seconds.seconds * SECOND + seconds.microseconds


def time_number(wall: time) -> int:
    return wall.hour * HOUR + wall.minute * MINUTE


def text_array(values: Sequence[str]) -> bytes:
    """A varchar[] of one dimension as COPY BINARY has it."""
    if not values:
        return struct.pack(">iii", 0, 0, _VARCHAR_OID)
    items = [value.encode() for value in values]
    head = struct.pack(">iiiii", 1, 0, _VARCHAR_OID, len(items), 1)
    return head + b"".join(struct.pack(">i", len(item)) + item for item in items)


def jsonb(text: str) -> bytes:
    return b"\x01" + text.encode()


def text_bytes(values: Sequence[str]) -> np.ndarray:
    return np.array([value.encode() for value in values], dtype=np.bytes_)


def encode(
    table: Table, types: dict[str, str], first: int, end: int
) -> Iterator[bytes]:
    """Rows ``first`` to ``end`` in COPY BINARY, some thousands at a time.

    ``types`` gives the PostgreSQL type of each column in COPY's order.
    """
    yield SIGNATURE
    for start in range(first, end, ROWS_A_CHUNK):
        stop = min(start + ROWS_A_CHUNK, end)
        fields = [
            _Field.of(table.columns[name], kind, start, stop)
            for name, kind in types.items()
        ]
        yield _rows(fields, stop - start)
    yield TRAILER


@dataclass(slots=True)
class _Field:
    """A column of a chunk: slots of one width, filled by ``lengths`` (-1 is NULL)."""

    values: Any
    wire: np.dtype | None
    lengths: Any

    @classmethod
    def of(cls, column: Column, kind: str, start: int, stop: int) -> "_Field":
        if column is None:
            return cls(None, None, -1)
        if isinstance(column, Maybe):
            inner = cls.of(column.values, kind, start, stop)
            return cls(
                inner.values,
                inner.wire,
                np.where(column.present[start:stop], inner.lengths, -1),
            )
        if kind in _FIXED:
            wire = np.dtype(_FIXED[kind])
            return cls(
                column[start:stop] if isinstance(column, np.ndarray) else column,
                wire,
                wire.itemsize,
            )
        return cls._text(column, start, stop)

    @classmethod
    def _text(cls, column: Column, start: int, stop: int) -> "_Field":
        if isinstance(column, str | bytes):
            value = column.encode() if isinstance(column, str) else column
            return cls(np.bytes_(value), np.dtype(f"S{max(len(value), 1)}"), len(value))
        if isinstance(column, Words):
            codes = column.codes[start:stop]
            return cls(
                column.pool[codes],
                column.pool.dtype,
                np.strings.str_len(column.pool)[codes],
            )
        values = column[start:stop]
        return cls(values, values.dtype, np.strings.str_len(values))


def _rows(fields: Sequence[_Field], count: int) -> bytes:
    """Lay the fields side by side, then leave out what the rows do not fill."""
    names: list[tuple[str, Any]] = [("count", ">i2")]
    for number, field in enumerate(fields):
        names.append((f"length{number}", ">i4"))
        if field.wire is not None:
            names.append((f"value{number}", field.wire))
    rows = np.zeros(count, dtype=names)
    rows["count"] = len(fields)
    places: Any = rows.dtype.fields
    keep = np.ones((count, rows.dtype.itemsize), dtype=bool)
    for number, field in enumerate(fields):
        rows[f"length{number}"] = field.lengths
        if field.wire is None:
            continue
        rows[f"value{number}"] = field.values
        if (
            isinstance(field.lengths, np.ndarray)
            or field.lengths != field.wire.itemsize
        ):
            offset = places[f"value{number}"][1]
            width = field.wire.itemsize
            keep[:, offset : offset + width] = np.arange(width) < np.reshape(
                field.lengths, (-1, 1)
            )
    flat = rows.view(np.uint8).reshape(count, -1)
    return flat.tobytes() if keep.all() else flat[keep].tobytes()

"""What a stranger sends where a page expects something else.

It also sees which names a page reads at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote_from_bytes

from django.http import QueryDict

VALUES = {
    "nothing": "",
    "NUL": "a\0b",
    "a quote": "'",
    "two quotes": '"\'"',
    "dashes": "-" * 33,
    "spaced dashes": "- " * 33,
    "operators": '!!!(&|<->:*\\ OR or - "',
    "percent": "%s%(x)s{0}{{x}}",
    "a huge number": "9" * 5_000,
    "more than a bigint": str(2**63),
    "more than an int": str(2**31),
    "negative": "-1",
    "a fraction": "1.5",
    "not a number": "NaN",
    "other digits": "٣",
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "half a surrogate": "\ud800",
    "right to left": "\u202ea",
    "long": "x" * 10_000,
    "a list": "[1, 2]",
    "words": "null",
}
# one of each kind that breaks something else: SQL, a parser, int(), a date, memory
FEW = (
    "NUL",
    "a quote",
    "dashes",
    "a huge number",
    "more than a bigint",
    "the last day",
    "half a surrogate",
    "words",
)
READERS = ("get", "__getitem__", "getlist", "__contains__")


def quoted(text: str) -> str:
    """Percent-encode a text, half surrogates too.

    No browser sends those, but any program can.
    """
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")


def encoded(names: dict[str, str]) -> str:
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in names.items())


@contextmanager
def names_read() -> Iterator[set[str]]:
    """The names that a request's GET and POST are asked for within it."""
    found: set[str] = set()

    def spied(reader: str):
        original = getattr(QueryDict, reader)

        def read(self, name, *rest, **named):
            if isinstance(name, str):
                found.add(name)
            return original(self, name, *rest, **named)

        return read

    originals = {reader: QueryDict.__dict__.get(reader) for reader in READERS}
    spies = {reader: spied(reader) for reader in READERS}
    for reader, spy in spies.items():
        setattr(QueryDict, reader, spy)
    try:
        yield found
    finally:
        for reader, original in originals.items():
            if original is None:
                delattr(QueryDict, reader)
            else:
                setattr(QueryDict, reader, original)

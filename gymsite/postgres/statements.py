"""SQL by name: the file ``sql/<noun>.sql`` of a package holds its statements.

    -- name: standing
    -- A session's line and one member's turn in it.
    -- parameters: session bigint, member bigint
    -- indexes: bookings_waitlist_head
    SELECT ... WHERE s.id = %(session)s;

The comment lines after the name say what the statement is for. ``parameters`` gives
each placeholder its type, ``indexes`` names those that serve the statement, ``tables``
all that it reads where somebody asks for them; each may be repeated, so that no line
gets long. tests/test_statements.py prepares every statement on the server.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

BEGINS = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
HEADER = re.compile(r"(?:--.*\n)*")
LISTED = ("parameters", "indexes", "tables")
LIST = re.compile(rf"-- ({'|'.join(LISTED)}): (.+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a file, with what its header says.

    ``parameters`` are as written: "session bigint"; ``sql`` is what the database gets.
    """

    name: str
    purpose: str
    sql: str
    parameters: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


class Statements:
    """The statements of a file, each the text of an attribute.

    Raises AttributeError for a name that the file does not have.
    """

    def __init__(self, file: str, found: tuple[Statement, ...]) -> None:
        self.__dict__.update({statement.name: statement.sql for statement in found})
        self._file = file

    def __getattr__(self, name: str) -> str:
        raise AttributeError(f"{self._file} has no statement {name!r}")


@cache
def statements(package: str, noun: str) -> Statements:
    """The statements of ``<package>/sql/<noun>.sql``.

    A module calls it once, as it is imported. Raises what ``read`` raises.
    """
    return Statements(f"{package}/sql/{noun}.sql", read(package, noun))


@cache
def read(package: str, noun: str) -> tuple[Statement, ...]:
    """The statements of a file, with their headers.

    Raises FileNotFoundError, or ValueError where the file is not written as above.
    """
    return parse((files(package) / "sql" / f"{noun}.sql").read_text("utf-8"))


def parse(text: str) -> tuple[Statement, ...]:
    """The statements of a file's text; raises ValueError."""
    before, *rest = BEGINS.split(text)
    found = tuple(map(_statement, rest[::2], rest[1::2]))
    if before.strip() or len({statement.name for statement in found}) < len(found):
        raise ValueError("each part of the file begins with a name of its own")
    return found


def _statement(name: str, text: str) -> Statement:
    text = text.removeprefix("\n")
    header = HEADER.match(text)[0]  # type: ignore[index]
    sql = text[len(header) :].strip()
    says: list[str] = []
    lists: dict[str, list[str]] = {kind: [] for kind in LISTED}
    for line in header.splitlines():
        if found := LIST.fullmatch(line):
            lists[found[1]] += [item.strip() for item in found[2].split(",")]
        else:
            says.append(line.removeprefix("--").strip())
    if not says or not sql.endswith(";"):
        raise ValueError(f"{name} says what it is for, and ends with a semicolon")
    listed = {kind: tuple(items) for kind, items in lists.items()}
    return Statement(name, " ".join(says), sql.removesuffix(";"), **listed)

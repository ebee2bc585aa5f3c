"""docs/api.md holds every operation and every code.

With WRITE_DOCS=1 the table of codes is written anew.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from gymsite.api import api
from gymsite.core.errors import DomainError
from gymsite.wsgi import application

PAGE = Path(__file__).resolve().parent.parent / "docs" / "api.md"
BEGIN, END = "anew -->\n", "<!-- end of codes -->"


def refusals() -> Iterator[type[DomainError]]:
    """Every class of refusals that the site itself defines; tests define some, too."""
    assert application  # loading it has imported everything that can refuse
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        found = waiting.pop().__subclasses__()
        waiting += found
        yield from (kind for kind in found if not kind.__module__.startswith("tests"))


def table() -> str:
    rows = {
        f"| `{kind.code}` | {kind.status} | {kind.heading()} |" for kind in refusals()
    }
    return (
        "\n".join(["| code | status | title |", "|---|---|---|", *sorted(rows)]) + "\n"
    )


def test_every_code_is_listed():
    before, rest = PAGE.read_text().split(BEGIN)
    codes, after = rest.split(END)
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(before + BEGIN + table() + END + after)
        return
    assert codes == table()


def test_a_code_means_one_thing():
    seen: dict[str, set[tuple[int, str]]] = {}
    for kind in refusals():
        seen.setdefault(kind.code, set()).add((kind.status, kind.heading()))
    assert {
        code: meanings for code, meanings in seen.items() if len(meanings) > 1
    } == {}


def test_every_operation_is_listed():
    served = {
        f"{method.upper()} {path}"
        for path, methods in api.document["paths"].items()
        for method in methods
    }
    assert (
        set(
            re.findall(
                r"^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`",
                PAGE.read_text(),
                re.MULTILINE,
            )
        )
        == served
    )

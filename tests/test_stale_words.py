"""Comments, docstrings and documents name only what is there.

They name files, functions, classes, columns, indexes and settings.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from procrastinate.contrib.django import app

from tests.test_architecture import own_python
from tests.test_docs import ROOT, texts

NAME = re.compile(
    r"(?<![\w/.<%$@{-])[a-z]\w*_\w+|\b[A-Z][a-z]+[A-Z]\w+|\b[A-Z]+_[A-Z_]+\b"
)
FILE = re.compile(r"[\w./-]*\w\.(?:py|sql|html|css|js|md|json|txt|toml)\b")
DOTTED = re.compile(r"(?<![\w./-])[a-z_]+(?:\.[A-Za-z_]+)+\b(?![(.])")
OUTSIDE = re.compile(r"reference report \d|\bhouse\.md")
DOCSTRING = re.compile(r'(?:\A(?:#.*\n)*|:\n\s+)""".*?"""', re.DOTALL)
COMMENT = re.compile(r"(?:^|(?<=\s))# .*", re.MULTILINE)
REMARK = re.compile(r"^ *--(?! (?:name|parameters): ).*", re.MULTILINE)
BLOCK = re.compile(r"^(?: {4}|\t).*?$|^```.*?^```|<!--.*?-->", re.MULTILINE | re.DOTALL)
NAMES = """
SELECT relname FROM pg_class UNION SELECT conname FROM pg_constraint UNION SELECT proname FROM pg_proc
UNION SELECT attname FROM pg_attribute
UNION SELECT tgrelid::regclass || '_' || regexp_replace(tgname, '^pgtrigger_(.*)_[0-9a-f]+$', '\\1')
FROM pg_trigger
"""
# Named by others, made when it is asked for, or an example.
OF_OTHERS = set(
    """HiGHS OpenAPI WhiteNoise WebRTC SameSite HttpOnly RuntimeDirectory RunPython verb_noun site.css
    openapi.json cookie.json mutation.json page.complaints
    OrderSummaryPage PageOf_OrderSummary_ SessionDetailsPage core.deactivate_user""".split()  # noqa: SIM905
)


@cache
def read(path: Path) -> tuple[list[tuple[int, str]], set[str]]:
    """The prose of a module or of a file of SQL, and the words of the rest.

    The prose is (line, text) of each docstring and comment.
    """
    text = texts()[path]
    kinds = (REMARK,) if path.suffix == ".sql" else (DOCSTRING, COMMENT)
    said = [match for kind in kinds for match in kind.finditer(text)]
    prose = [(text.count("\n", 0, match.start()) + 1, match[0]) for match in said]
    code = text
    for kind in kinds:
        code = kind.sub("", code)
    return prose, set(re.findall(r"\w+", code))


def prose() -> Iterator[tuple[Path, int, str]]:
    for path, text in texts().items():
        if path.suffix in (".py", ".sql") and "migrations" not in path.parts:
            yield from ((path, line, said) for line, said in read(path)[0])
        elif path.suffix == ".md" and path.name != "CHANGELOG.md":
            shown = BLOCK.sub(lambda block: "\n" * block[0].count("\n"), text)
            for number, line in enumerate(shown.splitlines(), 1):
                yield path, number, " ".join(re.findall(r"`[^`]+`", line))


@pytest.fixture
def there(db) -> set[str]:
    """Every word of the code, of other sources, and of the database."""
    with connection.cursor() as cursor:
        cursor.execute(NAMES)
        words = OF_OTHERS | {name for (name,) in cursor.fetchall()} | {*app.tasks}
    for model in apps.get_models():
        words |= {model._meta.label, model._meta.label_lower}
    for path in texts():
        words |= {*path.parts, path.stem}
        if (
            path.suffix not in (".md", ".lock")
            and "migrations" not in path.parts
            and path.name != Path(__file__).name
        ):
            words |= (
                read(path)[1]
                if path.suffix in (".py", ".sql")
                else set(re.findall(r"\w+", texts()[path]))
            )
    return words


@cache
def modules() -> dict[str, set[str]]:
    """The words of each module's code, by its dotted name."""
    return {module: read(path.relative_to(ROOT))[1] for module, path in own_python()}


def leads_somewhere(module: str, rest: list[str]) -> bool:
    """Whether the next name is a module of this one, or all are words of it."""
    deeper = f"{module}.{rest[0]}"
    if deeper in modules():
        return len(rest) == 1 or leads_somewhere(deeper, rest[1:])
    return modules()[module].issuperset(rest)


def is_stale(name: str) -> bool:
    first, *rest = name.split(".")
    starts = [module for module in modules() if f".{module}".endswith(f".{first}")]
    return bool(starts) and not any(leads_somewhere(start, rest) for start in starts)


def stale(said: str, there: set[str]) -> Iterator[str]:
    for name in FILE.findall(said):
        if (
            not any(f"/{path}".endswith(f"/{name.lstrip('./')}") for path in texts())
            and Path(name).name not in there
        ):
            yield name
    rest = FILE.sub(" ", said)
    yield from (name for name in NAME.findall(rest) if name not in there)
    yield from (
        name for name in DOTTED.findall(rest) if name not in there and is_stale(name)
    )
    yield from OUTSIDE.findall(rest)


def test_what_is_named_is_there(there):
    assert [
        f"{path}:{line}: {name}"
        for path, line, said in prose()
        for name in stale(said, there)
    ] == []


def test_it_finds_what_is_not(there):
    assert [
        *stale("As gone.py has it (reference report 1), see NoSuchClass", there)
    ] == [
        "gone.py",
        "NoSuchClass",
        "reference report 1",
    ]
    assert [
        *stale(
            (
                "bookings_no_such_index is of queries.timetable.nothing, as "
                "GYMSITE_NOT_SET says"
            ),
            there,
        )
    ] == [
        "bookings_no_such_index",
        "GYMSITE_NOT_SET",
        "queries.timetable.nothing",
    ]

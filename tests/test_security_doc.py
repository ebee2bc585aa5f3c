"""docs/security.md names tests that are there.

It speaks of each chapter of the standard.
"""

import ast
import re

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def page(project) -> str:
    return (project / "docs/security.md").read_text()


def missing(project, text: str) -> list[str]:
    """The tests named in ``text`` that are not there."""
    found = []
    for path, name in NAMED.findall(text):
        file = project / path
        tree = ast.parse(file.read_text()) if file.exists() else ast.Module([], [])
        if name not in {
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
        }:
            found.append(f"{path}::{name}")
    return found


def test_every_test_that_is_named_is_there(project):
    text = page(project)
    assert len(NAMED.findall(text)) > 60
    assert missing(project, text) == []


def test_every_promise_names_a_test(project):
    promises = [
        line
        for line in page(project).splitlines()
        if re.match(r"\| (?!promise|changed|---)", line)
    ]
    assert len(promises) > 40
    assert [line for line in promises if not NAMED.search(line)] == []


def test_every_chapter_is_there(project):
    assert re.findall(r"^## V(\d+) ", page(project), flags=re.MULTILINE) == [
        str(n) for n in range(1, 18)
    ]


def test_a_name_of_nothing_is_found(project):
    assert missing(
        project,
        "`tests/test_security_doc.py::test_nothing` `tests/nowhere.py::test_it`",
    ) == [
        "tests/test_security_doc.py::test_nothing",
        "tests/nowhere.py::test_it",
    ]

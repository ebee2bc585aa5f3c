"""Nobody types the address of a page of ours.

Python says ``reverse``, templates say ``url``. Where the site begins ("/") is the one
that never changes.
"""

import ast
import re
import subprocess
from collections.abc import Iterator

from django.conf import settings
from django.urls import Resolver404, resolve

PATH = re.compile(r"(?<![\w.</{])(?:@@)?(/[a-z][^\s\"'<>)?#]*)")
INSERTED = re.compile(r"{{.*?}}|{%.*?%}", re.DOTALL)
ELSEWHERE = ("tests/", "gymsite/ops/")  # outside clients, which know addresses
TYPED = {
    ("gymsite/health_listener.py", "/healthz"): "answers where Django does not",
    ("gymsite/health_listener.py", "/readyz"): "answers where Django does not",
    ("gymsite/web/middleware.py", "/admin/"): "all that is below it may upload",
}


def typed(text: str) -> set[str]:
    """The addresses of pages in a text, where ``@@`` stands for an inserted value."""
    return {path for path in PATH.findall(text) if leads_somewhere(path)}


def leads_somewhere(path: str) -> bool:
    try:
        return bool(resolve(path.replace("@@", "1")))
    except Resolver404:
        return False


def strings(source: str) -> Iterator[str]:
    """A module's strings, docstrings aside."""
    tree = ast.parse(source)
    seen = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            seen |= {id(part) for part in node.values}
            yield "".join(
                part.value if isinstance(part, ast.Constant) else "@@"
                for part in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in seen:
            yield str(node.value)


def sources() -> Iterator[tuple[str, str]]:
    listed = subprocess.check_output(
        ["git", "ls-files", "*.py", "templates"], cwd=settings.BASE_DIR, text=True
    )
    for path in listed.split():
        if not path.startswith(ELSEWHERE) and "/migrations/" not in path:
            yield path, (settings.BASE_DIR / path).read_text()


def test_no_address_is_typed():
    found = {
        (path, address)
        for path, source in sources()
        for text in (
            strings(source) if path.endswith(".py") else [INSERTED.sub("@@", source)]
        )
        for address in typed(text)
    }
    assert found == set(TYPED)


def test_addresses_are_seen_alone_in_words_and_with_values_inserted():
    assert typed("/plans/") == {"/plans/"}
    assert typed("5; url=/kiosk/") == {"/kiosk/"}
    assert typed("/shop/?kind=food") == {"/shop/"}
    assert typed("".join(strings('f"{site}/classes/{pk}/"'))) == {"/classes/@@/"}
    assert typed(INSERTED.sub("@@", '<a href="/plans/{{ slug }}/">')) == {"/plans/@@/"}
    assert typed("<p>Bookings/visits</p> /nowhere/ 1/2") == set()

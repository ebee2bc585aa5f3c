"""HTML lives in templates: no string of ours holds a tag.

SVG that is made of numbers is exempt.
"""

import ast
import re
import subprocess
from collections.abc import Iterator

from django.conf import settings

TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])")
SVG = {"svg", "use", "rect", "path", "text", "title"}
# the modules that draw SVG, and why no template draws it
DRAWS_SVG = {
    "gymsite/web/charts.py": "a picture is arithmetic: each mark is a number turned into a place",
    "gymsite/web/tags.py": "icon, drawing, stars and meter are template tags of one element",
}


def sources() -> Iterator[tuple[str, str]]:
    """The path and text of each module that is not a test."""
    listed = subprocess.check_output(
        ["git", "ls-files", "*.py"], cwd=settings.BASE_DIR, text=True
    )
    for path in listed.split():
        if not path.startswith("tests/"):
            yield path, (settings.BASE_DIR / path).read_text()


def tags(source: str) -> set[str]:
    """Names of the tags in a module's strings, docstrings aside."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) not in told
    )
    return {
        tag.lower()
        for one in strings
        if isinstance(one.value, str)
        for tag in TAG.findall(one.value)
    }


def test_no_string_holds_a_tag():
    found = {
        path: tags(text) - (SVG if path in DRAWS_SVG else set())
        for path, text in sources()
    }
    assert {path: names for path, names in found.items() if names} == {}


def test_each_exception_is_needed():
    assert {path for path, text in sources() if tags(text)} == set(DRAWS_SVG)


def test_tags_are_seen_in_plain_and_in_formatted_strings_not_in_docstrings():
    assert tags("x = '<p>Hi</p>'") == {"p"}
    assert tags("x = f'<li class=\"{y}\">{z}</li>'") == {"li"}
    assert tags("x = ('<br>'\n     '<IMG src=a>')") == {"br", "img"}
    assert tags('"""A <b>docstring</b>."""\nx = "a < b and c > d"') == set()

"""One stylesheet, nothing inline, and a first visit that is light."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from gymsite.web.staticfiles import bundle, nearest_hue

BASE = Path(settings.BASE_DIR)
INLINE = re.compile(
    r'\sstyle="|\son\w+="|<style|<script(?![^>]*(src=|type="application/json"))',
    re.IGNORECASE,
)


def test_the_stylesheet_holds_every_component():
    text = Path(finders.find("site.css")).read_text()
    names = {path.stem for path in (BASE / "static/css/components").glob("*.css")}
    assert {
        "session",
        "chip",
        "button",
        "card",
        "meter",
        "field",
        "notice",
        "empty",
        "table",
        "dialog",
        "toast",
        "tabs",
    } <= names
    for rule in (
        ".session {",
        ".chip {",
        ".toast {",
        "--paper:",
        ':root[data-hue="355"]',
    ):
        assert rule in text
    assert "@import" not in text
    assert "/*" not in text


def test_a_changed_component_changes_the_stylesheet(tmp_path):
    css = tmp_path / "css"
    (css / "components").mkdir(parents=True)
    for name in ("tokens", "base", "components/chip"):
        (css / f"{name}.css").write_text(f".{Path(name).name} {{}}")
    before = bundle(tmp_path)
    (css / "components/chip.css").write_text(".chip { color: red }")
    assert bundle(tmp_path) != before


@pytest.mark.parametrize(
    ("hue", "drawn"), [(0, 0), (152, 150), (153, 155), (358, 0), (359, 0)]
)
def test_a_brands_hue_is_drawn_by_the_nearest_rule(hue, drawn):
    assert nearest_hue(hue) == drawn


# a mail is a file of its own that no server sends, so it carries its style with it
ALONE = set((BASE / "templates/mail").glob("*.html"))
SERVED = sorted(set((BASE / "templates").rglob("*.html")) - ALONE)


@pytest.mark.parametrize("path", SERVED, ids=lambda path: path.name)
def test_no_template_has_anything_inline(path):
    assert not INLINE.search(path.read_text())


def test_what_every_first_visit_loads_is_light():
    names = (
        "site.css",
        "django_htmx/htmx-2.min.js",
        "js/site.js",
        "icons.svg",
        "favicon.svg",
    )
    sent = sum(
        len(gzip.compress(Path(finders.find(name)).read_bytes(), 9)) for name in names
    )
    # the page itself has the other half of the 60 KB; tests/budgets/test_pages.py
    # weighs both
    assert sent < 30_000


def test_no_font_is_loaded():
    assert not re.search(
        r"@font-face|\.woff", Path(finders.find("site.css")).read_text()
    )

"""What must hold on every page: no accessibility violation, no sideways scroll, no complaint in the console."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.pages import pages

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WAYS = [(width, scheme) for width in (360, 1280) for scheme in ("light", "dark")]


@pytest.mark.parametrize(("width", "scheme"), WAYS)
def test_axe_finds_nothing(gym, visitor, width, scheme):
    axe, found = Axe(), []
    for user, paths in pages(gym):
        one = visitor(user, width, color_scheme=scheme)
        for path in paths:
            page = one.open(path)
            for violation in axe.run(page, options=AXE).response["violations"]:
                nodes = [f"{node['html'][:160]} {node['any'][:1]}" for node in violation["nodes"][:3]]
                found.append(f"{path} ({user}): {violation['id']}: {nodes}")
            page.close()
    assert not found, "\n".join(found)


def test_nothing_scrolls_sideways_at_320_px(gym, visitor):
    wide = []
    for user, paths in pages(gym):
        one = visitor(user, 320)
        for path in paths:
            page = one.open(path)
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > 320:
                wide.append(f"{path} ({user}): {width} px")
            page.close()
    assert not wide, wide

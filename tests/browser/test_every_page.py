"""What must hold on every page: no accessibility violation, no sideways scroll, no
complaint in the console."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.pages import pages
from tests.browser.test_journey import press

AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
}
# dark differs from light by its colours and by nothing else
SCHEMES = {
    "light": AXE,
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}},
}
WIDTHS = (360, 1280)


def violations(axe: Axe, page: Page, who: str, options: dict = AXE) -> list[str]:
    found = []
    for violation in axe.run(page, options=options).response["violations"]:
        nodes = [
            f"{node['html'][:160]} {node['any'][:1]}" for node in violation["nodes"][:3]
        ]
        found.append(f"{page.url} ({who}): {violation['id']}: {nodes}")
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing(gym, visitor, scheme):
    axe, found = Axe(), []
    for user, paths in pages(gym):
        one = visitor(user, WIDTHS[0], color_scheme=scheme)
        for path in paths:
            page = one.open(path)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                found += violations(axe, page, f"{user}, {width} px", SCHEMES[scheme])
            page.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [320, 1024])
def test_axe_finds_nothing_at_the_kiosk(gym, visitor, width):
    axe = Axe()
    page = visitor(gym.owner, width).open("/kiosk/")
    press(page, "Start the kiosk")
    found = violations(axe, page, "kiosk")
    page.get_by_label("Or your member number").fill(gym.member.member_number)
    page.get_by_label("and your six digits").fill("482913")
    page.get_by_role("button", name="Check in").last.click()
    expect(page.get_by_role("heading", name="Hello, Ana")).to_be_visible()
    found += violations(axe, page, "kiosk")
    assert not found, "\n".join(found)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_can_find_something(visitor, transactional_db):
    page = visitor().open("/plans/")
    page.evaluate(
        "document.querySelector('h1').outerHTML = '<img src=/static/favicon.svg>'"
    )
    assert any("image-alt" in one for one in violations(Axe(), page, "control"))


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

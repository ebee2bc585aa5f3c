"""What must hold on every page: no accessibility violation, no sideways scroll, no
complaint in the console."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from gymsite.web.errors import Unavailable
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
HTML = "text/html; charset=utf-8"
RUN = "options => axe.run(options).then(all => JSON.stringify(all.violations))"


def violations(axe: Axe, page: Page, who: str, options: dict = AXE) -> list[str]:
    """What axe has against the page as it stands.

    Only violations are collected and sent: what passes is most of the answer.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe.axe_script)
    asked = {"resultTypes": ["violations"], **options}
    found = []
    for violation in json.loads(page.evaluate(RUN, asked)):
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


def fulfilled(page: Page, template: str, context: dict) -> None:
    """Show a page that no address leads to."""
    html = render_to_string(template, context)
    page.route(
        "**/no-address/", lambda route: route.fulfill(body=html, content_type=HTML)
    )
    page.goto(page.url.split("/account/")[0].rstrip("/") + "/no-address/")
    page.unroute("**/no-address/")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_where_no_address_leads(
    visitor, transactional_db, settings, scheme
):
    """A code is asked for, the database is away, too much was sent."""
    settings.CONFIRM_ADDRESSES = True
    page = visitor(None, 320, color_scheme=scheme).open("/account/signup/")
    page.get_by_label("E-mail").fill("maya@example.com")
    page.get_by_label("Password").first.fill("quiet-otter-climbs-7")
    press(page, "Create my account")
    page.get_by_label("Six digits").fill("12345")
    press(page, "Create my account")
    expect(page.get_by_text("Type all six digits")).to_be_visible()
    axe, found = Axe(), []
    away = Unavailable(remedy="Try again in a moment.", retry_after=5)
    for template, context in (
        ("", {}),
        ("413.html", {}),
        ("503.html", {"error": away, "can_repeat": True}),
        ("503.html", {"error": away, "can_repeat": False}),
    ):
        if template:
            fulfilled(page, template, context)
        found += violations(axe, page, template, SCHEMES[scheme])
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert not found, "\n".join(found)


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

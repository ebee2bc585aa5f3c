"""Axe on what a page of the admin opens: autocompletes, pickers, rows that are added,
pages in a window of their own, what a form answers, rows that are chosen."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from gymsite.core.models import Role, User
from tests.admin_pages import addresses
from tests.admin_rows import a_bit_of_everything
from tests.browser.test_every_page import violations
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

BOX = ".select2-selection[role=combobox]"
LISTED = ".select2-results__option[aria-selected]"
PICKER = ".datetimeshortcuts a:has(span):visible"
AUTOCOMPLETE = r"<select [^>]*admin-autocomplete[^>]*>"
PICKED = r"<input [^>]*(?:vDateField|vTimeField)[^>]*>"
DEMANDED = r'<input (?=[^>]*type="(?:text|number|email)")[^>]*required'
UNFIT = """
for (const form of document.forms) form.noValidate = true;
const typed = "#content input:is([type=text], [type=number], [type=email])";
for (const field of document.querySelectorAll(typed)) field.value = "";
"""


class Look:
    """A page of the owner, and what axe says of it."""

    def __init__(self, visitor: Callable, staff: User) -> None:
        self.visitor, self.axe = visitor(staff), Axe()
        self.visitor.context.set_default_timeout(60_000)
        self.page: Page = self.visitor.context.new_page()
        self.found: list[str] = []

    def at(self, path: str) -> Page:
        self.page.goto(self.visitor.base + path)
        return self.page

    def say(self, what: str) -> None:
        self.found += violations(self.axe, self.page, what)
        self.visitor.complaints.clear()  # axe's own styles, which the policy refuses

    def press(self, button: Locator) -> None:
        with self.page.expect_navigation():
            button.click()


@pytest.fixture
def staff(transactional_db) -> User:
    staff = UserFactory(role=Role.OWNER)
    a_bit_of_everything(staff)
    UserFactory.create_batch(8)  # so that a list scrolls
    return staff


@pytest.fixture
def look(visitor, staff) -> Iterator[Look]:
    look = Look(visitor, staff)
    yield look
    look.visitor.complaints.clear()
    assert not look.found, f"{len(look.found)}:\n" + "\n".join(look.found)


def holding(staff: User, pattern: str) -> dict[str, str]:
    """{address: page} of those that hold something; there has to be one."""
    client = Client()
    client.force_login(staff, "allauth.account.auth_backends.AuthenticationBackend")
    pages = {path: client.get(path).content.decode() for path in addresses(staff)}
    found = {path: page for path, page in pages.items() if re.search(pattern, page)}
    assert found, pattern
    return found


def with_new(staff: User, pattern: str) -> Iterator[str]:
    """Addresses of pages with a field, found by ``pattern``, that none before had."""
    seen: set[str] = set()
    for path, page in holding(staff, pattern).items():
        names = {
            re.search(r'name="([^"]+)"', tag)[1] for tag in re.findall(pattern, page)
        }
        if names - seen:
            seen |= names
            yield path


def test_autocompletes_open_and_list_and_find_nothing(look, staff):
    for path in with_new(staff, AUTOCOMPLETE):
        page = look.at(path)
        for box in page.locator(BOX).all():
            box.click()
            page.locator(LISTED).first.wait_for()
            look.say("listed")
            page.keyboard.type("zzqq")
            page.locator(".select2-results__message").wait_for()
            look.say("nothing found")
            page.keyboard.press("Escape")


def test_an_autocomplete_says_its_name_how_many_and_where_the_arrows_are(look, staff):
    page = look.at("/admin/bookings/classsession/why/")
    page.get_by_role("combobox", name="Member").click()
    popup = page.get_by_role("dialog", name="Member")
    search = popup.get_by_role("searchbox", name="Member")
    expect(search).to_be_focused()
    expect(popup.get_by_role("status")).to_have_text(re.compile(r"^\d+ found"))
    page.keyboard.press("ArrowDown")
    second = popup.get_by_role("option").nth(1)
    expect(search).to_have_attribute(
        "aria-activedescendant", second.get_attribute("id")
    )
    said = second.inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name=f"Member: {said}")).to_be_focused()
    page.get_by_role("combobox", name="Member").click()
    expect(search).to_be_focused()
    page.keyboard.type("zzqq")
    expect(popup.get_by_role("status")).to_have_text("No results found")


def test_dates_and_times_are_picked(look, staff):
    for path in with_new(staff, PICKED):
        page = look.at(path)
        for more in page.get_by_role("link", name=re.compile("^Add another")).all():
            more.click()
        for picker in page.locator(PICKER).all():
            picker.click()
            page.locator("[role=dialog]:visible").wait_for()
            look.say("picker")
            page.keyboard.press("Escape")


def test_rows_are_chosen(look, staff):
    for path in list(holding(staff, 'id="action-toggle"'))[:4]:  # one template
        page = look.at(path)
        page.locator("#action-toggle").click()
        look.say("all chosen")
        page.locator("#action-toggle").click()
        look.press(page.locator("button[name=index]"))
        look.say("none chosen")


def test_forms_answer_with_what_is_wrong(look, staff):
    answered = 0
    adding = [path for path in holding(staff, DEMANDED) if "/change/" not in path]
    for path in adding[::2]:  # they share their templates
        page = look.at(path)
        page.evaluate(UNFIT)
        look.press(page.locator("input[name=_continue], .gs-primary").first)
        answered += page.locator(".errorlist, .errornote, .gs-refused").count() > 0
        look.say("answered")
    assert answered > 4


def test_forms_in_a_window_of_their_own(look, staff):
    linked = r"(/admin/[a-z]+/[a-z]+/)(?:add|__fk__/change)/[^\"]*_popup=1"
    pages = "".join(holding(staff, linked).values())
    models = tuple(set(re.findall(linked, pages)))
    for path in addresses(staff):
        if path.startswith(models) and path.endswith(("/add/", "/change/")):
            look.at(f"{path}?_to_field=id&_popup=1")
            look.say("window")

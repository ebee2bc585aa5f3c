"""A manager calls a session off in a real browser, and the member is told. Pages pass
axe in light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from bookings.operations.bookings import book_session
from gymsite.core.models import Notification, Role
from gymsite.notifications import outbox
from gymsite.ops.audit import snapshots
from tests.browser.test_every_page import violations
from tests.factories import MemberFactory, SessionFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def booked():
    session = SessionFactory()
    session.booking = book_session(
        session_id=session.pk, member_id=MemberFactory().pk, now=timezone.now()
    )
    return session


@pytest.fixture
def staff(logged_in, booked):
    return logged_in(Role.MANAGER)


def test_a_manager_calls_a_session_off_and_the_member_is_told(
    staff, live_server, booked
):
    staff.goto(f"{live_server.url}/admin/bookings/classsession/")
    staff.check(f"input[name=_selected_action][value='{booked.pk}']")
    staff.select_option("select[name=action]", "cancel")
    staff.click("button[name=index]")
    expect(staff.locator(".gs-facts")).to_contain_text("Booked, to be told")
    staff.fill("[name=reason]", "The boiler broke.")
    staff.click("button.gs-primary")
    expect(staff.locator(".messagelist")).to_contain_text("is called off")
    booked.refresh_from_db()
    assert booked.status == "cancelled"
    outbox.drain(now=timezone.now())
    told = Notification.objects.filter(user_id=booked.booking.member_id).latest("id")
    assert told.title.startswith("Called off")
    assert "The boiler broke." in told.body


def test_why_finds_both_by_typing(staff, live_server, booked):
    staff.goto(f"{live_server.url}/admin/bookings/classsession/why/")
    for name, typed in (("member", str(booked.booking.member)), ("session", "Vinyasa")):
        staff.click(f".gs-field:has(select[name={name}]) .select2-selection")
        staff.fill(".select2-search__field", typed)
        staff.locator(".select2-results__option", has_text=typed).first.click()
    staff.click("button.gs-primary")
    expect(staff.locator(".gs-first")).to_contain_text(
        "You have a place in Vinyasa Flow"
    )
    assert [
        said for said in staff.complaints if "Content Security Policy" in said
    ] == []


def look_at(page: Page, address: str) -> None:
    """The policy refuses nothing, axe finds nothing, and a phone shows the page without
    scrolling sideways."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(address)
    assert page.complaints == [], address
    assert violations(Axe(), page, "staff", {}) == []
    page.complaints.clear()  # axe's own styles, which the policy refuses too
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_pass_axe_and_the_policy_and_fit_a_phone(
    staff, live_server, booked, scheme
):
    staff.emulate_media(color_scheme=scheme)
    for path in (
        "",
        "core/user/",
        "bookings/classsession/",
        f"bookings/classsession/{booked.pk}/change/",
        f"bookings/classsession/{booked.pk}/history/",
        f"bookings/classsession/do/cancel/?ids={booked.pk}",
        f"bookings/classsession/why/?member={booked.booking.member_id}&session={booked.pk}",
        "bookings/room/add/",
        "ops/invariants/",
    ):
        look_at(staff, f"{live_server.url}/admin/{path}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_owners_audits_do_too(logged_in, live_server, scheme):
    owner = logged_in(Role.OWNER)
    owner.emulate_media(color_scheme=scheme)
    kept = snapshots.take(now=timezone.now())
    for path in ("", "now/", f"{kept.pk}/change/"):
        look_at(owner, f"{live_server.url}/admin/core/auditsnapshot/{path}")

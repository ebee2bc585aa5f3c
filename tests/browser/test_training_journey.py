"""A member's day with a trainer in a real browser, with scripts and without."""

import re

from playwright.sync_api import expect

from bookings.models import Appointment
from tests.browser.test_journey import WAYS, press


@WAYS
def test_from_finding_a_trainer_to_cancelling(gym, visitor, scripts):
    Appointment.objects.all().delete()
    page = visitor(gym.member, 360, java_script_enabled=scripts).open("/trainers/")
    page.get_by_role("link", name="Lena Brandt").click()
    page.get_by_text("Change what to book").click()
    page.get_by_role("link", name=re.compile("Personal training")).click()
    page.locator(".week a.mine").nth(1).click()
    time = page.locator("a.time").first
    shown = time.inner_text()
    time.click()

    # the price and the deadline stand before the button, and what one writes is kept
    expect(page.get_by_text("£55.00 is due all the same")).to_be_visible()
    page.get_by_label(re.compile("your trainer should know")).fill("A bad knee")
    press(page, "Book for £55.00")
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    expect(page.get_by_text("to pay at the front desk")).to_be_visible()
    page.reload()
    made = Appointment.objects.get(client=gym.member)
    assert f"{made.starts_at.astimezone(made.branch.zone):%H:%M}" == shown
    assert made.note == "A bad knee"

    # it stands among the bookings, and moves
    page.get_by_role("link", name="My bookings").click()
    page.get_by_role("link", name=re.compile("See or cancel Personal")).click()
    page.get_by_role("link", name="Move it").click()
    page.locator("a.time").last.click()
    expect(page.get_by_text("Then it is free to cancel or move until")).to_be_visible()
    press(page, "Move it")
    expect(page.get_by_text(re.compile("^Moved to"))).to_be_visible()
    before = made.starts_at
    made.refresh_from_db()
    assert made.starts_at != before

    press(page, "Cancel appointment")
    expect(page.get_by_text("Cancelled. There is nothing to pay.")).to_be_visible()
    made.refresh_from_db()
    assert made.status == "cancelled"

"""A member's whole way in a real browser: with scripts, without, and with the keyboard
alone."""

import re

import icalendar
import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from bookings.models import Booking, CheckIn
from bookings.operations.bookings import book_session, cancel_booking
from gymsite.core.models import Notification, User
from gymsite.notifications import outbox
from tests import crowd
from tests.factories import PlanFactory, SessionFactory

PASSWORD = "quiet-otter-climbs-7"
WAYS = pytest.mark.parametrize(
    "scripts", [True, False], ids=["with-scripts", "without"]
)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def sign_up(page: Page, username: str) -> None:
    page.get_by_label("First name").fill("Maya")
    page.get_by_label("E-mail").fill(f"{username}@example.com")
    page.get_by_label(re.compile("Password")).first.fill(PASSWORD)
    press(page, "Create my account")


@WAYS
def test_from_signing_up_to_cancelling(visitor, transactional_db, scripts):
    plan = PlanFactory(name="Classic", slug="classic", kind="per_period", classes=8)
    session = SessionFactory()
    page = visitor(java_script_enabled=scripts).open(
        f"/?day={session.session_date.isoformat()}"
    )

    # who is not logged in is asked to join, with the class on top
    page.get_by_role("button", name="Book Vinyasa Flow").click()
    expect(page).to_have_url(re.compile("/account/signup/"))
    expect(
        page.get_by_role("heading", name="Join to book Vinyasa Flow")
    ).to_be_visible()
    sign_up(page, "maya")
    member = User.objects.get(username="maya")

    # a class needs a plan, and the page says so before the button
    expect(page).to_have_url(re.compile(f"/classes/{session.pk}/"))
    expect(page.get_by_text("You have no membership.")).to_be_visible()
    page.get_by_role("link", name="See the plans").click()
    page.get_by_role("link", name="Choose Classic").click()
    press(page, "Start Classic today")
    expect(page.get_by_text("Welcome to Classic")).to_be_visible()
    assert member.memberships.get().plan == plan

    # back at the class, see what it will cost, book it, and see it
    expect(page).to_have_url(re.compile(f"/classes/{session.pk}/"))
    expect(page.get_by_text("Uses 1 of your 8 classes")).to_be_visible()
    press(page, "Book")
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    booking = Booking.objects.get(member=member)
    page.reload()
    assert Booking.objects.filter(member=member).count() == 1

    # put it in a calendar
    page.get_by_role("link", name="All of them").click()
    press(page, "Make my calendar address")
    address = page.get_by_label("Or paste this address into it").input_value()
    feed = Client().get("/" + address.split("/", 3)[3])
    (event,) = icalendar.Calendar.from_ical(feed.content).walk("VEVENT")
    assert booking.reference in str(event["uid"])

    # cancel it, with the consequence said before
    page.get_by_role("link", name="Bookings").first.click()
    page.get_by_role("link", name="See or cancel Vinyasa Flow").click()
    expect(page.get_by_text("Free to cancel until").first).to_be_visible()
    press(page, "Cancel booking")
    expect(page.get_by_text("Cancelled. Nothing was used up.")).to_be_visible()
    booking.refresh_from_db()
    assert booking.status == "cancelled"


@WAYS
def test_moving_up_from_the_waitlist(gym, visitor, scripts):
    page = visitor(gym.member, java_script_enabled=scripts).open(
        f"/classes/{gym.full.pk}/"
    )
    press(page, "Join waitlist")
    expect(page.get_by_text("1st of 1 on the list").first).to_be_visible()

    theirs = Booking.objects.get(session=gym.full)
    cancel_booking(
        booking_id=theirs.pk,
        member_id=theirs.member_id,
        actor_id=theirs.member_id,
        now=timezone.now(),
    )
    outbox.drain(now=timezone.now())

    page.goto(page.url)
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    page.get_by_role("link", name=re.compile("Notifications")).click()
    expect(page.get_by_text("A place for you").first).to_be_visible()
    assert Notification.objects.filter(user=gym.member, kind="promoted").exists()


@WAYS
def test_checking_in_at_the_kiosk(gym, visitor, scripts):
    desk = crowd_desk(gym)
    page = visitor(desk, java_script_enabled=scripts).open("/kiosk/")
    press(page, "Start the kiosk")
    page.get_by_label("Or your member number").fill(gym.member.member_number)
    page.get_by_label("and your six digits").fill("000000")
    press_last(page, "Check in")
    expect(page.get_by_role("alert")).to_contain_text("match")
    page.get_by_label("Or your member number").fill(gym.member.member_number)
    page.get_by_label("and your six digits").fill("482913")
    press_last(page, "Check in")
    expect(page.get_by_role("heading", name="Hello, Ana")).to_be_visible()
    # back by itself
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible(timeout=9000)
    assert CheckIn.objects.filter(member=gym.member, method="kiosk_pin").count() == 1


def crowd_desk(gym) -> User:
    User.objects.filter(pk=gym.owner.pk).update(home_branch=gym.member.home_branch)
    return User.objects.get(pk=gym.owner.pk)


def press_last(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).last.click()


def test_booking_answers_in_place(gym, visitor):
    page = visitor(gym.member).open(f"/?day={gym.open.session_date.isoformat()}")
    url = page.url
    row = page.locator(f"#s{gym.open.pk}")
    row.get_by_role("button", name="Book").click()
    expect(row.get_by_role("link", name="Booked ✓")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("You are booked.")
    expect(page.locator("#coming-up")).to_contain_text("Vinyasa Flow")
    assert page.url == url
    assert Booking.objects.filter(session=gym.open, member=gym.member).count() == 1


def test_a_place_that_went_meanwhile_is_explained_in_place(gym, visitor):
    page = visitor(gym.member).open(f"/?day={gym.open.session_date.isoformat()}")
    for member_id in crowd.members(12):
        book_session(session_id=gym.open.pk, member_id=member_id, now=timezone.now())
    row = page.locator(f"#s{gym.open.pk}")
    row.get_by_role("button", name="Book").click()
    expect(row.get_by_role("button", name="Join waitlist")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("All 12 places are taken.")


def test_filters_answer_in_place_and_live_in_the_address(gym, visitor):
    page = visitor(gym.member).open(f"/?day={gym.open.session_date.isoformat()}")
    page.get_by_role("link", name="Morning").click()
    expect(page.locator(".session")).to_have_count(2)
    assert "part=morning" in page.url
    page.get_by_label("Class type").select_option("Yoga")
    expect(page).to_have_url(re.compile("subject=Yoga"))
    page.reload()
    expect(page.locator(".session")).to_have_count(2)
    # htmx loads the page anew then, so that nothing private is kept in the browser
    page.evaluate("history.back()")
    expect(page).not_to_have_url(re.compile("subject=Yoga"))
    expect(page.get_by_label("Class type")).to_have_value("")


def test_booking_with_the_keyboard_alone(gym, visitor):
    page = visitor(gym.member).open(f"/?day={gym.open.session_date.isoformat()}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    wanted = page.locator(f"#b{gym.open.pk}")
    for _ in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("button => button === document.activeElement"):
            break
    expect(wanted).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f"#s{gym.open.pk}")).to_contain_text("Booked ✓")
    # the focus stays where it was
    expect(page.locator(f"#b{gym.open.pk}")).to_be_focused()


def test_being_offline_is_said(gym, visitor):
    one = visitor(gym.member)
    page = one.open(f"/?day={gym.open.session_date.isoformat()}")
    one.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    page.locator(f"#b{gym.open.pk}").click()
    expect(page.locator("#toasts")).to_contain_text("Nothing was sent")
    one.context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_be_hidden()
    one.complaints.clear()  # the browser's own words about the lost connection
    assert not Booking.objects.filter(session=gym.open, member=gym.member).exists()


def test_arrow_keys_walk_through_a_filter_and_the_choice_counts_when_one_leaves_it(
    gym, visitor
):
    page = visitor(gym.member).open(f"/?day={gym.open.session_date.isoformat()}")
    before = page.url
    level = page.get_by_label("Level")
    level.focus()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    assert level.input_value() == "improver"
    assert page.url == before
    page.keyboard.press("Tab")
    expect(page).to_have_url(re.compile("level=improver"))
    page.get_by_label("Level").select_option("beginner")  # picked, so it counts at once
    expect(page).to_have_url(re.compile("level=beginner"))
    page.get_by_label("Level").focus()
    page.keyboard.press("ArrowDown")
    assert "level=beginner" in page.url
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("level=improver"))


def test_a_link_skips_to_the_classes(gym, visitor):
    page = visitor(gym.member).open(f"/?day={gym.open.session_date.isoformat()}")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the classes")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#classes') !== null")

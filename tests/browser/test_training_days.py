"""A trainer's day and the desk's in a real browser, with scripts and without; a client
who books by keyboard alone; weeks in which clocks are changed."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from playwright.sync_api import Page, expect

from bookings.models import Appointment, Availability, AvailabilityException, ClientNote
from gymsite.core.models import Brand
from tests.browser.conftest import DESK_WIDTH, PHONE_WIDTH
from tests.browser.test_journey import WAYS, press
from tests.browser.test_keyboard import go_to
from tests.browser.test_keyboard import press as press_by_key
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
    ServiceFactory,
    TrainerFactory,
    UserFactory,
)

FRIDAY = datetime(2026, 11, 27, 12, tzinfo=UTC)
MONDAY_10 = datetime(2026, 11, 30, 10, tzinfo=UTC)


@pytest.fixture
def clock(transactional_db):
    """Friday noon, and it goes on."""
    with time_machine.travel(FRIDAY) as travelling:
        Brand.objects.get_or_create(pk=1)
        yield travelling


@pytest.fixture
def lena(clock):
    """Free from 9 to 17 on every day."""
    trainer = TrainerFactory(name="Lena Brandt", slug="lena")
    for weekday in range(7):
        AvailabilityFactory(trainer=trainer, weekday=weekday)
    return trainer


@pytest.fixture
def training(lena):
    return ServiceFactory(slug="training", raster_minutes=30)


def client(first: str, last: str):
    return MemberFactory(first_name=first, last_name=last)


def said(page: Page, words: str) -> None:
    expect(page.get_by_text(words).first).to_be_visible()


def tab(page: Page, name: str) -> None:
    page.get_by_label("Teaching").get_by_role("link", name=name, exact=True).click()


@WAYS
def test_a_trainers_day(lena, training, visitor, scripts):
    its = {"trainer": lena, "service": training}
    asked = AppointmentFactory(
        **its, client=client("Ida", "Holm"), status="requested", starts_at=MONDAY_10
    )
    here = AppointmentFactory(
        **its, client=client("Bo", "Diaz"), starts_at=FRIDAY - timedelta(minutes=10)
    )
    page = visitor(lena.user, PHONE_WIDTH, java_script_enabled=scripts).open(
        "/teaching/"
    )

    # one is answered, one comes and goes
    press(page, "Accept Ida Holm")
    said(page, "Accepted: Ida Holm, Mon 30 Nov 10:00.")
    press(page, "Check in Bo Diaz")
    said(page, "Bo Diaz is checked in.")
    press(page, "Completed Bo Diaz")
    said(page, "Completed: Bo Diaz, Fri 27 Nov 11:50.")

    # a break, and back from it
    press(page, "Rest of the day")
    said(page, "Blocked 13:05 to 00:00")
    press(page, "Undo the block")
    said(page, "Your usual hours hold again.")
    assert not AvailabilityException.objects.exists()

    tab(page, "Week")
    page.get_by_role("link", name="After").click()
    said(page, "Ida Holm")
    tab(page, "Hours")
    page.get_by_role("link", name="Add hours").click()
    page.get_by_label("Weekday").select_option("Sunday")
    page.get_by_label("From").fill("18:00")
    page.get_by_label("Until").fill("20:00")
    press(page, "Save")
    said(page, "Saved: Sunday 18:00 to 20:00")
    page.get_by_role("link", name="Add a holiday").click()
    page.get_by_label("First day").fill("2026-12-24")
    page.get_by_label("Why").fill("Christmas")
    press(page, "Save")
    said(page, "Noted.")

    tab(page, "Clients")
    page.get_by_role("link", name="Bo Diaz", exact=True).click()
    page.get_by_label("A new note").fill("Left knee: no jumps.")
    press(page, "Save the note")
    said(page, "Left knee: no jumps.")

    for one, became in ((asked, "booked"), (here, "completed")):
        one.refresh_from_db()
        assert one.status == became
    assert Availability.objects.filter(weekday=6, starts=time(18)).exists()
    assert AvailabilityException.objects.get().kind == "holiday"
    assert ClientNote.objects.get().text == "Left knee: no jumps."


def act(page: Page, name: str) -> None:
    """What staff may do with an appointment, to its page."""
    page.get_by_label("Actions").get_by_role("link", name=name).click()


def confirm(page: Page, said_then: str) -> None:
    page.click("button.gs-primary")
    expect(page.locator(".messagelist")).to_contain_text(said_then)


@WAYS
def test_the_desks_day(lena, training, visitor, scripts):
    ana = client("Ana", "Silva")
    here = AppointmentFactory(
        trainer=lena,
        service=training,
        client=client("Bo", "Diaz"),
        starts_at=FRIDAY - timedelta(minutes=10),
    )
    desk = UserFactory(role="front_desk", home_branch=lena.branch)
    page = visitor(desk, DESK_WIDTH, java_script_enabled=scripts).open(
        f"/admin/core/user/{ana.pk}/change/"
    )

    # booked for who stands there
    page.get_by_role("link", name="Book an appointment").click()
    page.get_by_label("Service").select_option("Personal training")
    page.get_by_label("Day:", exact=True).fill("2026-11-30")
    press(page, "Show free times")
    page.get_by_label("Free times").select_option("10:00")
    press(page, "Book")
    expect(page.locator(".messagelist")).to_contain_text(
        "Ana Silva on Mon 30 Nov 10:00"
    )
    booked = Appointment.objects.get(client=ana)

    # moved, paid, and cancelled with the money given back
    act(page, "Move the appointment")
    page.get_by_label("Another day").fill("2026-12-01")
    page.get_by_label("Another time").fill("11:30")
    confirm(page, "Ana Silva is with Lena Brandt on Tue 1 Dec 11:30.")
    act(page, "Take the payment")
    confirm(page, "£55.00 of Ana Silva: paid.")
    act(page, "Cancel the appointment")
    expect(page.locator(".gs-facts")).to_contain_text("£55.00")
    page.get_by_label("Reason").fill("Lena is ill.")
    confirm(page, "is cancelled, free of charge.")
    booked.refresh_from_db()
    assert (booked.status, booked.payment.status) == ("cancelled", "refunded")

    # who comes is checked in
    page.goto(page.url.replace(f"/{booked.pk}/", f"/{here.pk}/"))
    act(page, "Check in")
    confirm(page, "Bo Diaz with Lena Brandt: checked in.")
    here.refresh_from_db()
    assert here.status == "checked_in"


def test_booking_an_appointment_by_keyboard(lena, training, visitor):
    page = visitor(client("Ana", "Silva"), PHONE_WIDTH).open("/")
    press_by_key(page, "Trainers", role="link")
    press_by_key(page, "Lena Brandt", role="link")
    go_to(page, page.locator("a.time").first)
    page.keyboard.press("Enter")
    go_to(page, page.get_by_label(re.compile("your trainer should know")))
    page.keyboard.type("A bad knee")
    press_by_key(page, "Book for £55.00", key="Space")
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    made = Appointment.objects.get()
    assert (made.note, made.status) == ("A bad knee", "booked")


# zone, the Sunday on which clocks go back, what they show twice; that on which they go
# forward, what they skip
CLOCKS = [
    (
        "Europe/London",
        date(2026, 10, 25),
        ["01:30 BST", "01:30 GMT"],
        date(2027, 3, 28),
        "01:30",
    ),
    (
        "Australia/Sydney",
        date(2027, 4, 4),
        ["02:30 AEDT", "02:30 AEST"],
        date(2026, 10, 4),
        "02:30",
    ),
    (
        "America/New_York",
        date(2026, 11, 1),
        ["01:30 EDT", "01:30 EST"],
        date(2027, 3, 14),
        "02:30",
    ),
    (
        "Australia/Lord_Howe",
        date(2027, 4, 4),
        ["01:30 UTC+11:00", "01:30 UTC+10:30"],
        date(2026, 10, 4),
        "02:00",
    ),
]


def test_weeks_in_which_clocks_are_changed(clock, visitor):
    branch = BranchFactory(slug="far")
    hours = {"branch": branch, "weekday": 6, "starts": time(), "ends": time(6)}
    trainer = TrainerFactory(slug="lena", branch=branch)
    AvailabilityFactory(trainer=trainer, **hours)
    ServiceFactory(slug="training", minutes=30, raster_minutes=30)
    ana = client("Ana", "Silva")
    for zone, back, twice, forward, skipped in CLOCKS:
        type(branch).objects.filter(pk=branch.pk).update(time_zone=zone)
        Appointment.objects.all().delete()
        clock.move_to(datetime.combine(forward, time(), UTC) - timedelta(days=3))
        page = visitor(ana, PHONE_WIDTH).open(f"/trainers/lena/?day={forward}")
        expect(page.get_by_role("link", name="05:30", exact=True)).to_be_visible()
        expect(page.get_by_role("link", name=skipped, exact=True)).to_have_count(0)

        clock.move_to(datetime.combine(back, time(), UTC) - timedelta(days=3))
        page = visitor(ana, PHONE_WIDTH).open(f"/trainers/lena/?day={back}")
        wall = page.locator("a.time").filter(has_text=twice[0][:5])
        assert wall.all_inner_texts() == twice
        wall.last.click()
        press(page, "Book for £55.00")
        said(page, f"Sun {back.day} {back:%b} {twice[1]}")
        page.get_by_role("link", name="My bookings").click()
        said(page, f"Sun {back.day} {back:%b} {twice[1]}")
        made = Appointment.objects.get()
        local = made.starts_at.astimezone(made.branch.zone)
        assert (f"{local:%H:%M}", local.fold) == (twice[0][:5], 1)

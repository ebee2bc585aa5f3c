"""My bookings, one booking, visits, the calendar."""

from datetime import UTC, datetime, time, timedelta

import icalendar
import pytest
from django.test import Client
from django.utils import timezone

from bookings.models import Booking
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.checkins import check_in
from bookings.operations.waitlist import join_waitlist
from tests import crowd
from tests.factories import MemberFactory, PlanFactory, SessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory(membership__plan=PlanFactory(per_period=True))


@pytest.fixture
def client(member):
    client = Client()
    client.force_login(member)
    return client


def booked(member, **session) -> Booking:
    return book_session(
        session_id=SessionFactory(**session).pk, member_id=member.pk, now=timezone.now()
    )


def test_upcoming_and_waitlists_stand_with_what_can_be_done(client, member):
    booking = booked(member)
    full = crowd.session(capacity=1, gym_class__starts=time(7))
    book_session(session_id=full.pk, member_id=crowd.members(1)[0], now=timezone.now())
    join_waitlist(session_id=full.pk, member_id=member.pk, now=timezone.now())
    html = client.get("/bookings/").content.decode()
    assert f"/bookings/{booking.reference}/" in html
    assert "Free to cancel until" in html
    assert "1st of 1 on the list" in html
    assert "6 classes left" in html


def test_past_bookings_come_in_keyset_pages(client, member):
    now = timezone.now()
    for days in range(1, 26):
        session = SessionFactory(session_date=now.date() - timedelta(days=days))
        book_session(
            session_id=session.pk,
            member_id=member.pk,
            now=session.starts_at - timedelta(days=1),
        )
        member.memberships.get().allowances.all().update(used=0)
    first = client.get("/bookings/past/")
    assert first.content.decode().count('<span class="tag') == 20
    older = first.content.decode().split('href="?after=')[1].split('"')[0]
    assert (
        client.get(f"/bookings/past/?after={older}")
        .content.decode()
        .count('<span class="tag')
        == 5
    )


@pytest.mark.parametrize("after", ["nonsense", "W10", "\x00", "e30", "1" * 3000])
def test_a_cursor_that_is_not_ours_is_refused(client, after):
    assert client.get("/bookings/past/", {"after": after}).status_code == 422
    assert client.get("/visits/", {"after": after}).status_code == 422


def test_cancelling_says_what_it_costs_first_and_what_it_cost_after(client, member):
    booking = booked(member)
    page = f"/bookings/{booking.reference}/"
    before = client.get(page).content.decode()
    assert before.index("Free to cancel until") < before.index("Cancel booking")
    after = client.post(f"{page}cancel/", follow=True).content.decode()
    assert "Cancelled. Nothing was used up." in after
    assert Booking.objects.get().status == "cancelled"
    assert client.post(f"{page}cancel/").status_code == 302  # a double click


def test_a_late_cancel_is_announced(client, member):
    booking = booked(member)
    Booking.objects.update(free_until=timezone.now() - timedelta(minutes=1))
    page = f"/bookings/{booking.reference}/"
    assert "Cancelling costs 1 class." in client.get(page).content.decode()
    assert (
        "Cancelled. It was after the free time: 1 class is used."
        in client.post(f"{page}cancel/", follow=True).content.decode()
    )
    assert Booking.objects.get().status == "late_cancelled"


def test_a_reference_may_be_typed_as_people_say_it(client, member):
    reference = booked(member).reference
    said = f"{reference[:4]}-{reference[4:8]}-{reference[8:]}".lower()
    assert client.get(f"/bookings/{said}/").status_code == 200


def test_somebody_elses_booking_is_not_there(member):
    booking = booked(member)
    other = Client()
    other.force_login(MemberFactory())
    for path in (
        f"/bookings/{booking.reference}/",
        f"/bookings/{booking.reference}/calendar.ics",
    ):
        assert other.get(path).status_code == 404
    assert other.post(f"/bookings/{booking.reference}/cancel/").status_code == 404
    assert Booking.objects.get().status == "booked"


def test_visits_are_listed(client, member):
    check_in(
        member_id=member.pk,
        branch_id=member.home_branch_id,
        method="desk",
        now=timezone.now(),
    )
    html = client.get("/visits/").content.decode()
    assert "Free visit" in html
    assert "Front desk" in html


@pytest.mark.parametrize(
    "path",
    ["/bookings/", "/bookings/past/", "/visits/", "/calendar/", "/checkin-code/"],
)
def test_ones_own_pages_ask_for_log_in_and_are_never_kept(client, path):
    assert client.get(path)["Cache-Control"] == "private, no-store"
    assert (
        Client().get(path)["Location"]
        == f"/account/login/?next={path.replace('/', '%2F')}"
    )


def feed_of(client, member) -> icalendar.Calendar:
    client.post("/calendar/reset/")
    member.refresh_from_db()
    answer = Client().get(f"/calendar/{member.calendar_token}.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    return icalendar.Calendar.from_ical(answer.content)


def test_the_feed_needs_no_log_in_and_keeps_uids(client, member):
    booking = booked(member)
    (event,) = feed_of(client, member).walk("VEVENT")
    assert str(event["uid"]) == f"booking-{booking.reference}@gymsite"
    assert (str(event["status"]), int(event["sequence"])) == ("CONFIRMED", 0)
    cancel_booking(
        booking_id=booking.pk,
        member_id=member.pk,
        actor_id=member.pk,
        now=timezone.now(),
    )
    (again,) = feed_of(client, member).walk("VEVENT")
    assert again["uid"] == event["uid"]
    assert (str(again["status"]), int(again["sequence"])) == ("CANCELLED", 1)


def test_the_feed_is_right_on_both_sides_of_a_clock_change(client, member):
    days = [
        datetime(2027, 3, 27, tzinfo=UTC).date(),
        datetime(2027, 3, 28, tzinfo=UTC).date(),
    ]
    for day in days:
        session = SessionFactory(session_date=day, gym_class__starts=time(7))
        book_session(
            session_id=session.pk,
            member_id=member.pk,
            now=session.starts_at - timedelta(days=1),
        )
    events = sorted(
        event["dtstart"].dt for event in feed_of(client, member).walk("VEVENT")
    )
    zone = member.home_branch.zone
    assert [moment.astimezone(zone).time() for moment in events] == [time(7), time(7)]
    assert events[1] - events[0] == timedelta(hours=23)


def test_a_new_address_stops_the_old_one(client, member):
    feed_of(client, member)
    old = member.calendar_token
    feed_of(client, member)
    assert Client().get(f"/calendar/{old}.ics").status_code == 404
    assert Client().get("/calendar/guess.ics").status_code == 404


def test_one_class_can_be_kept_as_a_file(client, member):
    booking = booked(member)
    answer = client.get(f"/bookings/{booking.reference}/calendar.ics")
    assert (
        answer["Content-Disposition"]
        == f'attachment; filename="{booking.reference}.ics"'
    )
    assert len(icalendar.Calendar.from_ical(answer.content).walk("VEVENT")) == 1

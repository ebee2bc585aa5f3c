"""A branch's time zone changes: yesterday's class was at 18:00 and says so on every
surface."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from bookings import icalendars, notices
from bookings.errors import SessionStarted
from bookings.models import Booking, CheckIn, ClassSession
from bookings.operations.bookings import book_session
from bookings.operations.checkins import check_in
from bookings.operations.sessions import change_capacity, session_of
from bookings.operations.time_zones import change_time_zone, keep_wall_time
from bookings.queries import bookings, eligibility, sessions, staff
from gymsite.core import partitions
from gymsite.core.models import Event
from gymsite.ops.invariants import INVARIANTS, breaking
from tests.api import Api
from tests.factories import (
    BranchFactory,
    GymClassFactory,
    MemberFactory,
    RoomFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
BEFORE, NOW = datetime(2026, 6, 1, 9, tzinfo=UTC), datetime(2026, 6, 4, 9, tzinfo=UTC)
YESTERDAY = datetime(2026, 6, 3).date()
LONDON_18 = datetime(2026, 6, 3, 17, tzinfo=UTC)
SHOWN = "Wed 3 Jun 18:00"


@pytest.fixture
def branch():
    return BranchFactory(time_zone="Europe/London")


@pytest.fixture
def session(branch):
    here = {
        "room": RoomFactory(branch=branch),
        "trainer": TrainerFactory(branch=branch),
    }
    gym_class = GymClassFactory(branch=branch, weekday=2, starts=time(18), **here)
    return SessionFactory(gym_class=gym_class, session_date=YESTERDAY)


@pytest.fixture
def booking(session):
    with time_machine.travel(BEFORE, tick=False):
        return book_session(
            session_id=session.pk, member_id=MemberFactory().pk, now=BEFORE
        )


@pytest.fixture
def owner():
    return UserFactory(role="owner")


def change(branch, owner, zone, now):
    change_time_zone(
        branch_id=branch.pk, time_zone=zone, actor_id=owner.pk, reason="", now=now
    )
    keep_wall_time(branch_id=branch.pk, now=now)


@pytest.fixture(params=["Australia/Sydney", "America/New_York"])
def changed(request, branch, booking, owner):
    """It is the day after, and the branch has another zone since this morning."""
    came = LONDON_18 - timedelta(minutes=10)
    partitions.ensure("bookings_checkin", YESTERDAY, YESTERDAY)
    check_in(
        member_id=booking.member_id,
        branch_id=branch.pk,
        method=CheckIn.Method.DESK,
        now=came,
    )
    with time_machine.travel(NOW, tick=False):
        change(branch, owner, request.param, NOW)
        yield branch
    assert [one.name for one in INVARIANTS if breaking(one)] == []


def page(user, path):
    client = Client()
    client.force_login(user)
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize(
    "path", ["/classes/{session}/", "/bookings/past/", "/bookings/{reference}/"]
)
def test_pages_of_the_member(path, changed, booking):
    there = path.format(session=booking.session_id, reference=booking.reference)
    assert SHOWN in page(booking.member, there)


def test_the_timetable(changed, booking):
    html = page(booking.member, f"/?branch={changed.slug}&day={YESTERDAY}")
    assert ">18:00</time>" in html
    assert "Attended" in html


def test_visits(changed, booking):
    assert "Wed 3 Jun 17:50" in page(booking.member, "/visits/")


def test_roster_and_week_of_the_trainer(changed, session):
    assert SHOWN in page(session.trainer.user, f"/teaching/{session.pk}/")
    assert "18:00" in page(session.trainer.user, f"/teaching/week/?week={YESTERDAY}")


@pytest.mark.parametrize(
    "path", ["classsession/?when=past", "classsession/{session}/change/", "booking/"]
)
def test_admin(path, changed, session, owner):
    assert SHOWN in page(owner, f"/admin/bookings/{path.format(session=session.pk)}")


def test_why_not(changed, booking, owner):
    html = page(
        owner,
        f"/admin/bookings/classsession/why/?member={booking.member_id}&session={booking.session_id}",
    )
    assert SHOWN in html


def test_rules_and_operations(changed, session, owner):
    facts = eligibility.facts(
        session_id=session.pk, member_id=MemberFactory().pk, now=NOW
    )
    assert facts.session.zone.key == "Europe/London"
    with pytest.raises(SessionStarted, match=SHOWN):
        change_capacity(session_id=session.pk, capacity=30, actor_id=owner.pk, now=NOW)


def test_the_api(changed, booking):
    api = Api(booking.member)
    (row,) = api.get(f"/bookings/{booking.member.username}").json()["items"]
    assert (row["starts_at"], row["free_until"]) == (
        "2026-06-03T18:00:00+01:00",
        "2026-06-03T06:00:00+01:00",
    )
    (visit,) = api.get(f"/checkins/{booking.member_id}").json()["items"]
    assert visit["at"] == "2026-06-03T17:50:00+01:00"


def test_the_list_of_sessions(branch, session, owner):
    """One that starts too soon to be moved keeps its clock too."""
    soon = LONDON_18 - timedelta(hours=2)
    with time_machine.travel(soon, tick=False):
        change(branch, owner, "America/New_York", soon)
        (row,) = Api(MemberFactory()).get("/classes/").json()["items"]
        (found,) = sessions.as_rows(sessions.upcoming(soon))
    assert row["starts_at"] == "2026-06-03T18:00:00+01:00"
    assert found.time_zone == "Europe/London"


def test_what_is_coming_says_the_class_s_own_clock(branch, session, booking, owner):
    soon = LONDON_18 - timedelta(hours=2)
    with time_machine.travel(soon, tick=False):
        change(branch, owner, "America/New_York", soon)
        assert SHOWN in page(booking.member, "/")
        assert SHOWN in page(booking.member, "/bookings/")
        assert SHOWN in page(UserFactory(), f"/trainers/{session.trainer.slug}/")


def test_the_charts(changed):
    (taught,) = staff.sessions_taught([changed.pk], NOW - timedelta(days=7), NOW)
    assert (taught.day, taught.hour) == (YESTERDAY, 18)


def test_notices(changed, booking):
    booking.refresh_from_db()
    notices.notify_cancelled(
        Event.objects.create(
            kind="cancelled",
            at=NOW,
            member_id=booking.member_id,
            subject="booking",
            subject_id=booking.pk,
            data={},
        )
    )
    assert (
        booking.member.notifications.get(kind="cancelled").title
        == f"Cancelled: Vinyasa Flow, {SHOWN}"
    )


def test_a_calendar(changed, booking):
    row = bookings.by_reference(booking.reference, booking.member_id)
    text = icalendars.calendar_of([row], "http://testserver/")
    assert b"DTSTART:20260603T170000Z" in text
    assert b"Free to cancel until Wed 3 Jun 06:00" in text


class TestTheZoneOfASession:
    def test_a_new_session_is_held_in_its_branch_s(self, branch, session):
        assert session_of(session.gym_class, YESTERDAY).time_zone == "Europe/London"

    @pytest.mark.parametrize("zone", ["America/New_York", "Europe/Lisbon"])
    def test_one_ahead_follows_the_branch(self, branch, session, owner, zone):
        change(branch, owner, zone, BEFORE)
        session.refresh_from_db()
        assert (session.time_zone, session.moved_at) == (zone, BEFORE)
        assert f"{session.starts_at.astimezone(session.zone):%H:%M}" == "18:00"
        assert Event.objects.filter(kind="session_moved").count() == (
            zone != "Europe/Lisbon"
        )

    def test_a_cancelled_one_ahead_keeps_the_clock_it_was_called_off_by(
        self, branch, session, owner
    ):
        ClassSession.objects.filter(pk=session.pk).update(
            status="cancelled", cancelled_at=BEFORE
        )
        change(branch, owner, "America/New_York", BEFORE)
        session.refresh_from_db()
        assert (session.time_zone, session.starts_at) == ("Europe/London", LONDON_18)

    @pytest.mark.parametrize(
        "moved_at", [None, LONDON_18, LONDON_18 + timedelta(days=1)]
    )
    def test_the_past_keeps_its_own(self, session, moved_at):
        with (
            pytest.raises(IntegrityError, match="past") as refused,
            transaction.atomic(),
        ):
            ClassSession.objects.filter(pk=session.pk).update(
                time_zone="UTC", moved_at=moved_at
            )
        assert (
            refused.value.__cause__.diag.constraint_name
            == "bookings_classsession_past_keeps_its_clock"
        )
        session.refresh_from_db()
        assert session.time_zone == "Europe/London"

    def test_nor_is_it_moved_into_the_past_to_change_it(self, session):
        late = LONDON_18 + timedelta(days=1)
        ends = late + timedelta(days=2)
        with pytest.raises(IntegrityError, match="past"), transaction.atomic():
            ClassSession.objects.filter(pk=session.pk).update(
                time_zone="UTC",
                moved_at=late,
                starts_at=late + timedelta(days=1),
                ends_at=ends,
            )


def test_a_booking_s_week_has_what_another_clock_dates_elsewhere(branch, owner):
    """Monday 00:30 of the old clock is Sunday by the new one; the member's button and
    the trainer's week have it."""
    here = {
        "room": RoomFactory(branch=branch),
        "trainer": TrainerFactory(branch=branch),
    }
    gym_class = GymClassFactory(branch=branch, weekday=0, starts=time(0, 30), **here)
    monday = datetime(2026, 6, 1).date()
    session = SessionFactory(gym_class=gym_class, session_date=monday)
    before = BEFORE - timedelta(days=3)
    with time_machine.travel(before, tick=False):
        booking = book_session(
            session_id=session.pk, member_id=MemberFactory().pk, now=before
        )
    with time_machine.travel(NOW, tick=False):
        change(branch, owner, "America/New_York", NOW)
        assert "Booked" in page(booking.member, f"/?branch={branch.slug}&day={monday}")
        assert "00:30" in page(session.trainer.user, f"/teaching/week/?week={monday}")
    assert Booking.objects.get().status == "booked"

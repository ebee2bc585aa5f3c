"""The team, a trainer's week, and the roster."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from bookings.models import Booking
from bookings.operations.bookings import book_session
from tests import crowd
from tests.factories import (
    PASSWORD,
    MemberFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def trainer():
    return TrainerFactory(
        name="Lena Brandt", slug="lena", bio="Laughs.", credentials=["First aid"]
    )


@pytest.fixture
def session(trainer):
    return SessionFactory(gym_class__trainer=trainer)


@pytest.fixture
def client(trainer):
    client = Client()
    client.force_login(trainer.user)
    return client


def test_anybody_sees_the_team_and_what_it_teaches_next(session):
    assert "Lena Brandt" in Client().get("/trainers/").content.decode()
    html = Client().get("/trainers/lena/").content.decode()
    assert f'href="/classes/{session.pk}/"' in html
    assert "First aid" in html
    assert Client().get("/trainers/nobody/").status_code == 404


def test_the_week_says_places_and_who_waits(client, session):
    for member_id in crowd.members(3):
        book_session(session_id=session.pk, member_id=member_id, now=timezone.now())
    html = client.get(
        f"/teaching/week/?week={session.session_date.isoformat()}"
    ).content.decode()
    assert "3/20" in html
    assert html.count("<section") == 7


@pytest.mark.parametrize("week", ["", "nonsense", "2026-02-30", "\x00"])
def test_a_week_that_cannot_be_is_this_week(client, week):
    assert client.get("/teaching/week/", {"week": week}).status_code == 200


def test_nobody_is_ticked_beforehand_and_one_button_marks_everybody(client, session):
    booked = [
        book_session(session_id=session.pk, member_id=one, now=timezone.now())
        for one in crowd.members(3)
    ]
    with time_machine.travel(session.starts_at + timedelta(minutes=5), tick=False):
        client.force_login(session.trainer.user)
        page = client.get(f"/teaching/{session.pk}/").content.decode()
        assert " checked" not in page and "Who is not ticked has missed it." in page
        sent = {
            "shown": [f"{one.pk}:booked" for one in booked],
            "present": [booked[0].pk],
            "everybody": "yes",
        }
        client.post(f"/teaching/{session.pk}/mark/", sent)
        assert (
            client.get(f"/teaching/{session.pk}/").content.decode().count(" checked")
            == 3
        )
    assert set(Booking.objects.values_list("status", flat=True)) == {"attended"}


def test_the_days_that_are_over_are_told_apart(client, session):
    with time_machine.travel(session.starts_at, tick=False):
        client.force_login(session.trainer.user)
        page = client.get("/teaching/week/").content.decode()
    assert page.count('aria-current="date"') == 1
    assert page.count('<section class="over">') == session.session_date.weekday()


def test_a_trainer_without_a_page_reads_what_is_missing_and_who_sets_it_up():
    client, trainer = Client(), UserFactory(role="trainer")
    credentials = {"login": trainer.username, "password": PASSWORD}
    answer = client.post("/account/login/", credentials, follow=True)
    assert answer.redirect_chain == [("/teaching/", 302)]
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "A manager sets this up" in page
    assert "under Trainers" in page
    assert client.get("/teaching/week/?week=2026-01-05").status_code == 200
    assert client.get("/teaching/1/").status_code == 404
    TrainerFactory(user=trainer)
    assert "A manager sets this up" not in client.get("/teaching/").content.decode()


def test_the_page_of_trainers_is_closed_to_others():
    client = Client()
    client.force_login(MemberFactory())
    assert client.get("/teaching/").status_code == 403


def test_who_gives_the_role_reads_what_comes_next():
    client, person = Client(), UserFactory()
    client.force_login(UserFactory(role="owner"))
    act = f"/admin/core/user/do/role/?ids={person.pk}"
    seen = re.search(r'name="seen" value="(\w+)"', client.get(act).content.decode())[1]
    sent = {"role": "trainer", "reason": "Hired", "seen": seen}
    assert (
        "add it under Trainers" in client.post(act, sent, follow=True).content.decode()
    )


def test_who_is_not_ticked_has_missed_it(client, session):
    booked = [
        book_session(session_id=session.pk, member_id=one, now=timezone.now())
        for one in crowd.members(3)
    ]
    with time_machine.travel(session.starts_at + timedelta(minutes=5), tick=False):
        client.force_login(session.trainer.user)
        page = client.get(f"/teaching/{session.pk}/").content.decode()
        assert page.count("First class") == 3
        client.post(
            f"/teaching/{session.pk}/mark/",
            {
                "shown": [f"{one.pk}:booked" for one in booked],
                "present": [booked[0].pk, booked[2].pk],
            },
        )
    said = dict(Booking.objects.values_list("pk", "status"))
    assert [said[one.pk] for one in booked] == ["attended", "no_show", "attended"]


def test_attendance_opens_half_an_hour_before(client, session):
    booking = book_session(
        session_id=session.pk, member_id=crowd.members(1)[0], now=timezone.now()
    )
    assert "Attendance opens" in client.get(f"/teaching/{session.pk}/").content.decode()
    roster = {"shown": [f"{booking.pk}:booked"], "present": [booking.pk]}
    assert client.post(f"/teaching/{session.pk}/mark/", roster).status_code == 403
    assert Booking.objects.get().status == "booked"


def test_a_booking_of_another_session_is_refused(client, session):
    elsewhere = book_session(
        session_id=SessionFactory().pk, member_id=MemberFactory().pk, now=timezone.now()
    )
    with time_machine.travel(session.starts_at, tick=False):
        client.force_login(session.trainer.user)
        client.post(
            f"/teaching/{session.pk}/mark/",
            {"shown": [f"{elsewhere.pk}:booked"], "present": [elsewhere.pk]},
        )
    assert Booking.objects.get().status == "booked"


def test_rosters_are_their_trainers_and_the_branch_staffs(session):
    for user, status in (
        (TrainerFactory().user, 404),
        (MemberFactory(), 404),
        (UserFactory(role="front_desk", home_branch=session.branch), 200),
        (UserFactory(role="owner"), 200),
    ):
        client = Client()
        client.force_login(user)
        assert client.get(f"/teaching/{session.pk}/").status_code == status


def test_the_week_is_for_trainers():
    client = Client()
    client.force_login(MemberFactory())
    assert client.get("/teaching/").status_code == 403

"""The timetable over the API: shape, order, pages, search."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from bookings.operations.bookings import book_session
from bookings.operations.sessions import cancel_session
from tests.api import Api, assert_problem
from tests.factories import (
    BranchFactory,
    ClassTypeFactory,
    GymClassFactory,
    MemberFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return Api(UserFactory())


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["items"]]


def test_a_row_has_exactly_these_fields(api, now):
    session = SessionFactory()
    book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    found = api.get("/classes/").json()
    assert found["next"] is None
    (row,) = found["items"]
    assert row == {
        "id": session.pk,
        "name": "Vinyasa Flow",
        "class_type": "Vinyasa Flow",
        "level": "all",
        "trainer": session.trainer.name,
        "room": session.room.name,
        "branch": "Riverside",
        "starts_at": session.starts_at.astimezone(session.branch.zone).isoformat(),
        "ends_at": session.ends_at.astimezone(session.branch.zone).isoformat(),
        "capacity": 20,
        "booked_count": 1,
        "places_left": 19,
        "waitlist_length": 0,
    }


def test_times_carry_the_branchs_offset_on_both_sides_of_a_clock_change(
    api, time_machine
):
    time_machine.move_to(
        datetime(2026, 10, 23, 12, tzinfo=timezone.get_current_timezone())
    )
    gym_class = GymClassFactory(starts=time(7))
    for day in (24, 26):
        SessionFactory(gym_class=gym_class, session_date=datetime(2026, 10, day).date())
    token = Api(UserFactory())
    assert [row["starts_at"] for row in token.get("/classes/").json()["items"]] == [
        "2026-10-24T07:00:00+01:00",
        "2026-10-26T07:00:00+00:00",
    ]


def test_only_what_is_ahead_and_goes_ahead_soonest_first(api, now):
    later = SessionFactory(session_date=now.date() + timedelta(days=5))
    sooner = SessionFactory()
    SessionFactory(session_date=now.date() - timedelta(days=2))
    called_off = SessionFactory(session_date=now.date() + timedelta(days=3))
    cancel_session(
        session_id=called_off.pk, actor_id=UserFactory().pk, reason="", now=now
    )
    assert ids(api.get("/classes/")) == [sooner.pk, later.pk]


def test_pages_hold_every_row_once_even_at_one_time(api):
    sessions = {SessionFactory().pk for _ in range(5)}
    seen, cursor = [], ""
    for _ in range(3):
        page = api.get(f"/classes/?limit=2{cursor}").json()
        seen += [row["id"] for row in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert page["next"] is None
    assert seen == sorted(sessions)


def test_search_by_words_place_level_day_and_free_places(api, now):
    hill = BranchFactory(slug="hill", name="Hill Top")
    spin = ClassTypeFactory(
        name="Spin Intervals", slug="spin-intervals", subject="Spin"
    )
    yoga = SessionFactory(gym_class__level="beginner")
    ride = SessionFactory(
        gym_class__name="Morning Ride",
        gym_class__class_type=spin,
        gym_class__branch=hill,
        gym_class__trainer=TrainerFactory(name="José Núñez"),
        gym_class__capacity=1,
        session_date=now.date() + timedelta(days=4),
    )
    book_session(session_id=ride.pk, member_id=MemberFactory().pk, now=now)
    expected = {
        "q=ride": [ride],
        "q=VINYASA": [yoga],
        "q=spin+inter": [ride],
        "q=núñez": [ride],
        "q=lena": [yoga],
        "q=nothing+like+it": [],
        "q=%25": [],
        "q=_": [],
        "branch=hill": [ride],
        "branch=hill+top": [ride],
        f"branch={hill.pk}": [ride],
        "class_type=spin-intervals": [ride],
        "level=beginner": [yoga],
        f"date={ride.session_date}": [ride],
        "date=2024-02-29": [],
        "free=true": [yoga],
        "": [yoga, ride],
        "q=lena&level=advanced": [],
    }
    for query, sessions in expected.items():
        assert ids(api.get(f"/classes/search?{query}")) == [
            session.pk for session in sessions
        ], query


def test_a_substitute_is_found_by_name_and_shown(api, now):
    session = SessionFactory()
    session.trainer = TrainerFactory(name="Petra Stand-in")
    session.save(update_fields=["trainer"])
    assert ids(api.get("/classes/search?q=petra")) == [session.pk]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("date=2026-02-29", "date"),
        ("date=20261120", "date"),
        ("date=tomorrow", "date"),
        ("level=expert", "level"),
        ("free=perhaps", "free"),
        ("q=" + "x" * 101, "q"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=1e3", "limit"),
        ("limit=9999999999999999999999", "limit"),
        ("cursor=made-up", "cursor"),
        ("cursor=WyIyMDI2IiwgMV0", "cursor"),
        ("cursor=é", "cursor"),
        ("cursor=" + "A" * 501, "cursor"),
    ],
)
def test_filters_that_can_not_be_used_are_named(api, query, field):
    assert (
        field
        in assert_problem(api.get(f"/classes/search?{query}"), 422, "invalid")["errors"]
    )


def test_the_timetable_asks_for_a_token():
    assert_problem(Api().get("/classes/"), 401, "not_logged_in")

"""Staff find a session as they speak of it: today's next one first, by day, time, class
and trainer."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from bookings.models import ClassSession
from bookings.operations.bookings import book_session
from bookings.operations.sessions import cancel_session, session_of
from bookings.operations.waitlist import join_waitlist
from bookings.queries.session_picker import read
from gymsite.core.models import Role
from tests.factories import (
    BranchFactory,
    GymClassFactory,
    MemberFactory,
    TrainerFactory,
    UserFactory,
)

FRIDAY = date(2026, 11, 27)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
FIELD = {"app_label": "bookings", "model_name": "booking", "field_name": "session"}


@pytest.fixture
def desk(client, db):
    user = UserFactory(role=Role.FRONT_DESK)
    client.force_login(user)
    return user


@pytest.fixture
def week(desk):
    """Spin on Fridays at 09:00 and 18:00 and on Thursdays at 18:30 with Bea, from eight
    weeks ago to four ahead."""
    spin = {"name": "Spin", "minutes": 45, "branch": desk.home_branch}
    classes = [
        GymClassFactory(weekday=4, starts=time(9), code="EARLY", **spin),
        GymClassFactory(weekday=4, starts=time(18), code="LATE", **spin),
        GymClassFactory(
            weekday=3,
            starts=time(18, 30),
            trainer=TrainerFactory(name="Bea Blau"),
            **spin,
        ),
    ]
    for one in classes:
        first = FRIDAY + timedelta(days=one.weekday - 4, weeks=-8)
        for n in range(13):
            session_of(one, first + timedelta(weeks=n)).save()


def offered(client, term=""):
    with time_machine.travel(NOON, tick=False):
        answer = client.get("/admin/autocomplete/", FIELD | {"term": term})
    return [row["text"] for row in answer.json()["results"]]


def test_what_is_next_stands_first_with_its_places(client, week, desk):
    assert offered(client)[:3] == [
        "Fri 27 Nov 18:00 · Spin with "
        f"{ClassSession.objects.get(gym_class__code='LATE', session_date=FRIDAY).trainer} "
        "· 20 of 20 left · Riverside",
        "Thu 3 Dec 18:30 · Spin with Bea Blau · 20 of 20 left · Riverside",
        *[line for line in offered(client) if line.startswith("Fri 4 Dec 09:00")],
    ]


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("today", ["Fri 27 Nov 09:00", "Fri 27 Nov 18:00"]),
        ("yesterday", ["Thu 26 Nov 18:30"]),
        ("fri 27", ["Fri 27 Nov 09:00", "Fri 27 Nov 18:00"]),
        ("Friday, 27th", ["Fri 27 Nov 09:00", "Fri 27 Nov 18:00"]),
        ("thu 26", ["Thu 26 Nov 18:30"]),
        ("4 dec 18:00", ["Fri 4 Dec 18:00"]),
        ("2026-12-04 9:00 spin", ["Fri 4 Dec 09:00"]),
        ("today 6pm", ["Fri 27 Nov 18:00"]),
        (
            "18:30",
            [
                "Thu 3 Dec 18:30",
                "Thu 10 Dec 18:30",
                "Thu 17 Dec 18:30",
                "Thu 24 Dec 18:30",
            ],
        ),
        (
            "bea thu",
            [
                "Thu 3 Dec 18:30",
                "Thu 10 Dec 18:30",
                "Thu 17 Dec 18:30",
                "Thu 24 Dec 18:30",
            ],
        ),
        ("late 4 dec", ["Fri 4 Dec 18:00"]),
        ("yoga", []),
        ("fri 28", []),
        ("x" * 5000, []),
    ],
)
def test_a_session_is_found_as_people_speak_of_it(client, week, term, found):
    assert [line.split(" · ")[0] for line in offered(client, term)][:4] == found


@pytest.mark.parametrize(
    ("text", "days", "times", "words"),
    [
        ("", None, None, ""),
        ("spin 45", None, None, "spin 45"),
        ("fri", 9, None, ""),
        ("27", 3, None, ""),
        ("18:", None, (time(18), time(18, 59)), ""),
        ("18:3", None, (time(18, 30), time(18, 39)), ""),
        ("12am", None, (time(0), time(0)), ""),
        ("12.30 spin", None, (time(12, 30), time(12, 30)), "spin"),
        ("25:00", None, None, "25:00"),
        ("may", None, None, "may"),
    ],
)
def test_what_is_read_of_the_words(text, days, times, words):
    wanted = read(text, FRIDAY)
    assert (wanted.days and len(wanted.days), wanted.times, wanted.words) == (
        days,
        times,
        words,
    )


def test_what_is_full_or_called_off_says_so(client, week, desk):
    late = ClassSession.objects.get(gym_class__code="LATE", session_date=FRIDAY)
    ClassSession.objects.filter(pk=late.pk).update(capacity=1)
    book_session(session_id=late.pk, member_id=MemberFactory().pk, now=NOON)
    join_waitlist(session_id=late.pk, member_id=MemberFactory().pk, now=NOON)
    assert "full, 1 waiting" in offered(client, "today 18:00")[0]
    cancel_session(session_id=late.pk, actor_id=desk.pk, reason="Power cut", now=NOON)
    assert "called off" in offered(client, "today 18:00")[0]


def test_nobody_is_offered_another_branchs_sessions(client, week, desk):
    elsewhere = GymClassFactory(
        name="Spin", weekday=4, starts=time(18), branch=BranchFactory(slug="hillside")
    )
    session_of(elsewhere, FRIDAY).save()
    assert len(offered(client, "today 18:00")) == 1


def test_the_suggestions_cost_the_same_however_many_there_are(
    client, week, django_assert_max_num_queries
):
    with django_assert_max_num_queries(5):
        assert len(offered(client, "today 18:00 spin")) == 1
    with django_assert_max_num_queries(5):
        assert len(offered(client, "spin")) == 13


@pytest.mark.parametrize(
    "page", ["/admin/bookings/classsession/why/", "/admin/core/user/do/book/?ids={}"]
)
def test_the_picker_says_what_it_understands(client, desk, page):
    shown = client.get(page.format(UserFactory().pk)).content.decode()
    assert "A day (today, fri 27), a time (18:00), a class or a trainer." in shown

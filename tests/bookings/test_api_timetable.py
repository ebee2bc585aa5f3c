"""A trainer's week over the API: what it shows, who sees it, and that it is never stale
across processes."""

import http.client
import json
import logging
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from bookings.models import (
    Appointment,
    ClassSession,
    GymClass,
    Room,
    Service,
    Trainer,
)
from bookings.operations.bookings import book_session, cancel_session_booking
from bookings.operations.sessions import substitute_trainer
from bookings.queries import timetable
from gymsite.core.models import Branch, RequestSample, User
from gymsite.core.periods import monday
from gymsite.ops.audit import hours
from gymsite.ops.rig.server import environment, serving
from gymsite.web import sampling
from tests.api import Api, assert_problem, token_for
from tests.factories import (
    AppointmentFactory,
    BranchFactory,
    MemberFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)
from tests.ops.databases import environment as environment_of_the_tests

# the package's attribute of that name is its router
api_of_weeks = import_module("bookings.api.timetable")
NEXT = monday(timezone.now().date()) + timedelta(days=7)
ADDRESS = f"/timetable?weekStart={NEXT}"


def noon(day: int) -> datetime:
    return datetime.combine(NEXT + timedelta(days=day), time(12), UTC)


@pytest.fixture(autouse=True)
def nothing_kept():
    api_of_weeks.WEEKS.clear()


@pytest.fixture
def trainer():
    """A class on Tuesday at 18:00 and an appointment on Thursday at noon."""
    trainer = TrainerFactory(name="Lena Brandt")
    SessionFactory(
        gym_class__trainer=trainer,
        gym_class__weekday=1,
        gym_class__code="WEEK-1",
        session_date=NEXT + timedelta(days=1),
        topic="Hip openers and breathing",
    )
    AppointmentFactory(
        trainer=trainer,
        client=MemberFactory(first_name="Ada", last_name="Lovelace"),
        starts_at=noon(3),
    )
    return trainer


@pytest.fixture
def api(trainer):
    return Api(trainer.user)


@pytest.mark.django_db
def test_a_week_is_seven_days_of_classes_and_appointments(api, trainer):
    found = api.get(ADDRESS).json()
    session, one = ClassSession.objects.get(), Appointment.objects.get()
    assert [day["day"] for day in found["days"]] == [
        str(NEXT + timedelta(days=n)) for n in range(7)
    ]
    assert (found["week_start"], found["trainer_id"], found["trainer"]) == (
        str(NEXT),
        trainer.pk,
        "Lena Brandt",
    )
    (taught,) = found["days"][1]["sessions"]
    assert datetime.fromisoformat(taught.pop("starts_at")) == session.starts_at
    assert datetime.fromisoformat(taught.pop("ends_at")) == session.ends_at
    assert taught == {
        "id": session.pk,
        "name": "Vinyasa Flow",
        "code": "WEEK-1",
        "level": "all",
        "class_type": "Vinyasa Flow",
        "topic": "Hip openers and breathing",
        "status": "scheduled",
        "room": session.room.name,
        "branch": "Riverside",
        "trainer_id": trainer.pk,
        "trainer": "Lena Brandt",
        "substitute_for_id": None,
        "booked_count": 0,
        "capacity": 20,
        "waitlist_length": 0,
    }
    (trained,) = found["days"][3]["appointments"]
    assert datetime.fromisoformat(trained.pop("starts_at")) == one.starts_at
    assert datetime.fromisoformat(trained.pop("ends_at")) == one.ends_at
    assert trained == {
        "id": one.pk,
        "reference": one.reference,
        "name": "Personal training",
        "client_id": one.client_id,
        "client": "Ada Lovelace",
        "status": "booked",
        "room": None,
        "branch": "Riverside",
    }
    rest = [day for n, day in enumerate(found["days"]) if n not in (1, 3)]
    assert all(day["sessions"] == day["appointments"] == [] for day in rest)


@pytest.mark.django_db
def test_a_day_is_the_branchs_own():
    """In Sydney it is Monday while UTC has Sunday."""
    branch = BranchFactory(slug="sydney", time_zone="Australia/Sydney")
    trainer = TrainerFactory(branch=branch)
    early = datetime.combine(NEXT, time(1), branch.zone)
    late = datetime.combine(NEXT + timedelta(days=6), time(22), branch.zone)
    for at in (early, late, early - timedelta(hours=2), late + timedelta(hours=3)):
        AppointmentFactory(trainer=trainer, starts_at=at)
    days = Api(trainer.user).get(ADDRESS).json()["days"]
    assert [len(day["appointments"]) for day in days] == [1, 0, 0, 0, 0, 0, 1]


@pytest.mark.django_db
def test_a_substitute_has_the_class_in_their_week(api, trainer):
    other = TrainerFactory()
    substitute_trainer(
        session_id=ClassSession.objects.get().pk,
        trainer_id=other.pk,
        actor_id=other.user_id,
        now=timezone.now(),
    )
    assert api.get(ADDRESS).json()["days"][1]["sessions"] == []
    (taken,) = Api(other.user).get(ADDRESS).json()["days"][1]["sessions"]
    assert taken["substitute_for_id"] == trainer.pk


@pytest.mark.django_db
def test_staff_name_a_trainer_of_their_branch_and_nobody_else_does(trainer):
    of = f"{ADDRESS}&trainer={trainer.pk}"
    for role in ("front_desk", "manager", "owner"):
        assert Api(UserFactory(role=role)).get(of).status_code == 200
    elsewhere = BranchFactory(slug="hill")
    strangers = [
        MemberFactory(),
        TrainerFactory().user,
        UserFactory(role="manager", home_branch=elsewhere),
    ]
    for stranger in strangers:
        assert_problem(Api(stranger).get(of), 404, "not_found")
    assert_problem(Api(MemberFactory()).get(ADDRESS), 404, "not_found")
    assert_problem(Api().get(ADDRESS), 401, "not_logged_in")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "week",
    ["", "0001-01-01", "9999-12-31", "2026-02-30", "26-11-30", "next", "٢٠٢٦-11-30"],
)
def test_what_is_no_day_is_refused(api, week):
    found = assert_problem(api.get(f"/timetable?weekStart={week}"), 422, "invalid")
    assert found["errors"] == {
        "weekStart": ["Write a day from 2000 to 2099 as YYYY-MM-DD."]
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "meant"),
    [
        ("2026-11-29", "2026-11-23"),
        ("2026-12-01", "2026-11-30"),
        ("2000-01-01", "1999-12-27"),
        ("2099-12-31", "2099-12-28"),
    ],
)
def test_of_a_day_that_is_no_monday_it_says_which_is_meant(api, day, meant):
    found = assert_problem(api.get(f"/timetable?weekStart={day}"), 422, "invalid")
    (words,) = found["errors"]["weekStart"]
    assert words == f"{day} is no Monday. Its week starts on {meant}."


@pytest.mark.django_db
def test_the_first_and_the_last_week_there_are(api):
    for week in ("2000-01-03", "2099-12-28"):
        assert api.get(f"/timetable?weekStart={week}").status_code == 200
    assert_problem(api.get("/timetable"), 422, "invalid")


@pytest.mark.django_db
def test_headers_say_how_long_it_took_and_how_long_it_is_good(api):
    miss, hit = api.get(ADDRESS), api.get(ADDRESS)
    assert miss["Cache-Control"] == "private, max-age=300, stale-while-revalidate=600"
    assert 0 < float(miss["X-Execution-Time-Ms"]) < 60_000
    assert 'cache;desc="miss"' in miss["Server-Timing"]
    assert 'cache;desc="hit"' in hit["Server-Timing"]
    assert (hit.content, hit["ETag"]) == (miss.content, miss["ETag"])


@pytest.mark.django_db
def test_who_has_it_gets_304_until_it_changes(api):
    etag = api.get(ADDRESS)["ETag"]

    def again():
        headers = {"Authorization": f"Bearer {api.token}", "If-None-Match": etag}
        return api.client.get(f"/api/v1{ADDRESS}", headers=headers)

    same = again()
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)
    assert "X-Execution-Time-Ms" in same
    ClassSession.objects.update(topic="Balance")
    assert again().status_code == 200


@pytest.mark.django_db
def test_above_200_ms_a_warning_has_the_statement(api, monkeypatch, caplog):
    with caplog.at_level(logging.WARNING, "gymsite.rest.stopwatch"):
        api.get(ADDRESS)
        assert caplog.records == []
        monkeypatch.setattr(api_of_weeks, "SLOW", 0.0)
        api.get(ADDRESS)
    (record,) = caplog.records
    assert f"/api/v1{ADDRESS} took" in record.message
    assert re.search(r'FROM "?bookings_', record.message)


@pytest.mark.django_db
def test_its_requests_and_hits_are_sampled_under_the_name_that_is_watched(
    api, settings, monkeypatch
):
    settings.REQUEST_SAMPLE = 1
    monkeypatch.setattr(sampling, "BATCH", 1)
    api.client.handler.load_middleware()
    for _ in range(3):
        api.get(ADDRESS)
    samples = RequestSample.objects.filter(endpoint=hours.TIMETABLE).order_by("id")
    assert [(one.hits, one.misses) for one in samples] == [(0, 1), (1, 0), (1, 0)]


class Changes:
    """What may change in a trainer's week, one after the other."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer, self.other = trainer, TrainerFactory()
        self.member, self.numbers = MemberFactory(), count()
        self.session = ClassSession.objects.get()
        self.all: list[Callable[[int], object]] = [
            self.book,
            lambda n: ClassSession.objects.update(topic=f"Topic {n}"),
            lambda n: GymClass.objects.update(name=f"Class {n}"),
            self.give_away,
            lambda n: Room.objects.update(name=f"Room {n}"),
            lambda n: Trainer.objects.update(name=f"Trainer {n}"),
            self.take_back,
            self.move,
            self.cancel,
            lambda n: User.objects.update(first_name=f"Name {n}"),
            lambda n: Service.objects.update(name=f"Service {n}"),
            lambda n: Appointment.objects.update(sequence=n % 30_000),
            lambda n: Branch.objects.update(name=f"Branch {n}"),
        ]

    def one(self) -> None:
        n = next(self.numbers)
        self.all[n % len(self.all)](n)

    def book(self, n: int) -> None:
        now = timezone.now()
        book_session(session_id=self.session.pk, member_id=self.member.pk, now=now)

    def cancel(self, n: int) -> None:
        now = timezone.now()
        cancel_session_booking(
            session_id=self.session.pk, member_id=self.member.pk, now=now
        )

    def give_away(self, n: int) -> None:
        self._teaches(self.other)

    def take_back(self, n: int) -> None:
        self._teaches(self.trainer)

    def _teaches(self, trainer: Trainer) -> None:
        substitute_trainer(
            session_id=self.session.pk,
            trainer_id=trainer.pk,
            actor_id=trainer.user_id,
            now=timezone.now(),
        )

    def move(self, n: int) -> None:
        minutes = timedelta(minutes=15 if n % 2 else -15)
        times = ("starts_at", "ends_at", "busy_from", "busy_until")
        Appointment.objects.update(**{name: F(name) + minutes for name in times})


def truth(trainer: Trainer) -> bytes:
    """The week as the database has it, with nothing kept."""
    found = timetable.trainer_week(trainer.pk, NEXT)
    return api_of_weeks._drawn(
        NEXT,
        found.sessions,
        found.appointments,
        trainer_id=trainer.pk,
        trainer=found.trainer,
    )


@pytest.mark.django_db
def test_each_kind_of_change_gives_the_week_another_version(trainer):
    changes, versions = Changes(trainer), []
    for _ in range(len(changes.all) + 1):
        versions.append(timetable.trainer_week(trainer.pk, NEXT).version)
        assert timetable.trainer_week(trainer.pk, NEXT).version == versions[-1]
        changes.one()
    assert len({*versions}) == len(versions)


@pytest.mark.django_db
def test_what_others_do_leaves_a_week_as_it_is(trainer):
    """Another trainer's sessions, appointments and bookings, and another week's."""
    before = timetable.trainer_week(trainer.pk, NEXT)
    other = SessionFactory(session_date=NEXT, gym_class__weekday=0)
    made = timetable.trainer_week(trainer.pk, NEXT).version  # a class has been made
    now = timezone.now()
    book_session(session_id=other.pk, member_id=MemberFactory().pk, now=now)
    AppointmentFactory(trainer=other.trainer, starts_at=noon(2))
    AppointmentFactory(trainer=trainer, starts_at=noon(8))
    after = timetable.trainer_week(trainer.pk, NEXT, kept=made)
    assert after.is_kept
    assert before.sessions == timetable.trainer_week(trainer.pk, NEXT).sessions


def stale(trainer: Trainer, changes: Changes, asks: list, rounds: int) -> list[int]:
    """The changes after which one that is asked, by turns, answers something else than
    the database has."""
    found = []
    for n in range(rounds):
        changes.one()
        if asks[n % len(asks)]() != truth(trainer):
            found.append(n)
    return found


@pytest.mark.django_db
def test_a_week_kept_under_no_version_would_be_stale(api, trainer, monkeypatch):
    """The control: what the next test looks for is found where it is."""
    read = timetable.trainer_week

    def careless(trainer_id: int, first: date, *, kept: str | None = None):
        found = read(trainer_id, first, kept=kept)
        return read(trainer_id, first, kept=found.version) if kept else found

    changes, ask = Changes(trainer), lambda: api.get(ADDRESS).content
    assert stale(trainer, changes, [ask], 26) == []
    monkeypatch.setattr(api_of_weeks.timetable, "trainer_week", careless)
    monkeypatch.setattr(f"{__name__}.timetable.trainer_week", careless)
    assert len(stale(trainer, changes, [ask], 26)) > 20


@pytest.fixture
def servers(transactional_db) -> Iterator[list[http.client.HTTPConnection]]:
    """Two processes, each with what it keeps itself."""
    address = environment_of_the_tests()["DATABASE_URL"]
    with tempfile.TemporaryDirectory() as static, ExitStack() as stack:
        env = environment(address, Path(static))
        started = [
            stack.enter_context(serving(env, workers=1, worker_class="sync"))
            for _ in range(2)
        ]
        yield [
            http.client.HTTPConnection(one.address.host, one.address.port, timeout=60)
            for one in started
        ]


@pytest.mark.race
def test_two_processes_and_a_thousand_changes_show_no_stale_week(servers, trainer):
    token, hits = token_for(trainer.user), []

    def ask(server: http.client.HTTPConnection) -> bytes:
        server.request(
            "GET", f"/api/v1{ADDRESS}", headers={"Authorization": f"Bearer {token}"}
        )
        response = server.getresponse()
        content = response.read()
        assert response.status == 200, content
        hits.append('"hit"' in response.headers["Server-Timing"])
        return content

    asks = [lambda server=server: ask(server) for server in servers]
    for one in asks:
        one(), one()
    assert hits == [False, True, False, True]
    assert stale(trainer, Changes(trainer), asks, 1_000) == []
    assert [*map(json.loads, {one() for one in asks})] == [json.loads(truth(trainer))]


@pytest.mark.django_db
def test_classes_are_found_by_the_words_of_their_topic(api, trainer):
    other = SessionFactory(
        session_date=NEXT, gym_class__weekday=0, topic="Opening the hips"
    )
    SessionFactory(session_date=NEXT, gym_class__weekday=0, topic="Arms")
    later = NEXT + timedelta(days=7)
    SessionFactory(session_date=later, gym_class__weekday=0, topic="Hips")
    member = Api(MemberFactory())
    found = member.get(f"{ADDRESS}&q=hip+breathe").json()
    assert [len(day["sessions"]) for day in found["days"]] == [0, 1, 0, 0, 0, 0, 0]
    found = member.get(f"{ADDRESS}&q=HIP").json()
    assert [len(day["sessions"]) for day in found["days"]] == [1, 1, 0, 0, 0, 0, 0]
    assert found["days"][0]["sessions"][0]["id"] == other.pk
    assert all(day["appointments"] == [] for day in found["days"])
    (one,) = member.get(f"{ADDRESS}&q=hips&trainer={trainer.pk}").json()["days"][1][
        "sessions"
    ]
    assert one["trainer"] == "Lena Brandt"
    assert api.get(f"{ADDRESS}&q=%20").json()["trainer"] == "Lena Brandt"


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["'", '"', "!!!(&|<->:*", "- " * 40, "the", "%s{0}"])
def test_odd_words_find_nothing(api, words):
    found = api.get(f"{ADDRESS}&q={quote(words)}")
    assert found.status_code == 200


MANY_CLASSES = """
INSERT INTO bookings_gymclass (branch_id, class_type_id, room_id, trainer_id, name, code,
    level, weekday, starts, minutes, capacity, status)
SELECT branch_id, class_type_id, room_id, trainer_id, name, 'M-' || n, level, weekday,
    starts, minutes, capacity, status
FROM bookings_gymclass, generate_series(1, 300) n
"""
MANY_SESSIONS = """
INSERT INTO bookings_classsession (branch_id, gym_class_id, room_id, trainer_id,
    session_date, starts_at, ends_at, time_zone, topic, status, capacity, cancel_reason)
SELECT s.branch_id, g.id, s.room_id, s.trainer_id, s.session_date, s.starts_at,
    s.ends_at, s.time_zone, 'Arms and legs ' || g.id, 'cancelled', s.capacity, ''
FROM bookings_classsession s, bookings_gymclass g WHERE g.code LIKE 'M-%'
"""


@pytest.mark.django_db
def test_topics_are_found_by_their_index_where_few_of_a_week_have_the_word(trainer):
    values = timetable._dates(NEXT) | {"words": "hips", "trainer": None, "most": 200}
    with connection.cursor() as cursor:
        cursor.execute(MANY_CLASSES)
        cursor.execute(MANY_SESSIONS)
        # what waits to be put into the index makes it look dear
        cursor.execute("SELECT gin_clean_pending_list('bookings_session_topic')")
        cursor.execute("ANALYZE bookings_classsession")
        cursor.execute(f"EXPLAIN {timetable.SQL.topics}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Bitmap Index Scan on bookings_session_topic" in plan

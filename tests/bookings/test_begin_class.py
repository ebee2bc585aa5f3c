"""A weekly class has its sessions as soon as it is saved, or says what is in the
way."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from procrastinate.contrib.django.models import ProcrastinateJob

from bookings.models import ClassSession, GymClass
from bookings.operations.closing import switch_room
from bookings.operations.sessions import begin_class, session_of
from gymsite.core.models import Outbox, Role
from gymsite.notifications import outbox
from tests.factories import (
    AppointmentFactory,
    ClassTypeFactory,
    GymClassFactory,
    RoomFactory,
    ServiceFactory,
    TrainerFactory,
    UserFactory,
)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
LIST = "/admin/bookings/gymclass/?needs=session"


@pytest.fixture
def manager(client, db):
    user = UserFactory(role=Role.MANAGER)
    client.force_login(user)
    with time_machine.travel(NOW, tick=False):
        yield user


@pytest.fixture
def typed(manager):
    room, trainer = RoomFactory(name="Studio 1"), TrainerFactory(name="Bea Blau")
    keys = {"branch": manager.home_branch_id, "room": room.pk, "trainer": trainer.pk}
    kind = {
        "class_type": ClassTypeFactory().pk,
        "level": "all",
        "name": "Spin",
        "code": "SP-1",
    }
    return (
        keys | kind | {"weekday": 4, "starts": "18:00", "minutes": 45, "capacity": 12}
    )


def said(answer) -> str:
    return " ".join(
        re.findall(
            r'<li class="(?:info|warning)">([^<]*)</li>', answer.content.decode()
        )
    )


def add(client, typed, **others):
    return client.post("/admin/bookings/gymclass/add/", typed | others, follow=True)


def test_a_new_class_has_four_weeks_of_sessions_at_once(client, typed):
    answer = add(client, typed)
    made = ClassSession.objects.order_by("session_date").values_list(
        "session_date", flat=True
    )
    assert list(made) == [date(2026, 11, 27) + timedelta(weeks=n) for n in range(5)]
    assert "5 sessions are made, at 18:00 each week." in said(answer)
    assert "Spin" not in client.get(LIST).content.decode()


def test_what_has_begun_today_is_not_made(client, typed):
    add(client, typed, starts="11:30")
    assert ClassSession.objects.order_by("session_date").first().session_date == date(
        2026, 12, 4
    )


@pytest.mark.parametrize(
    ("shared", "why"),
    [
        ("room", "Studio 1 is taken by Yoga, Fri 27 Nov 17:30."),
        ("trainer", "Bea Blau teaches Yoga then, Fri 27 Nov 17:30."),
    ],
)
def test_whoever_is_in_the_way_is_named(client, typed, shared, why):
    rival = GymClassFactory(
        name="Yoga", weekday=4, starts=time(17, 30), **{f"{shared}_id": typed[shared]}
    )
    begin_class(gym_class_id=rival.pk, now=NOW)
    answer = add(client, typed)
    assert f"No session is made. {why}" in said(answer).replace("&#x27;", "'")
    assert why in client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("shared", "why"),
    [
        ("room", "Studio 1 is taken by an appointment, Fri 27 Nov 18:00."),
        ("trainer", "Bea Blau has an appointment then, Fri 27 Nov 16:50."),
    ],
)
def test_an_appointment_in_the_way_is_named(client, typed, shared, why):
    """A trainer is also taken by the buffer after it."""
    friday = datetime(2026, 11, 27, 18, tzinfo=UTC)
    for week in range(5):
        early = timedelta(minutes=0 if shared == "room" else 70)
        AppointmentFactory(
            starts_at=friday + timedelta(weeks=week) - early,
            service=ServiceFactory(buffer_after_minutes=30),
            **{f"{shared}_id": typed[shared]},
        )
    assert f"No session is made. {why}" in said(add(client, typed))


def test_moved_to_a_free_room_it_has_its_sessions(client, typed):
    begin_class(
        gym_class_id=GymClassFactory(weekday=4, room_id=typed["room"]).pk, now=NOW
    )
    add(client, typed)
    row = GymClass.objects.get(code="SP-1")
    assert not row.sessions.exists()
    page = f"/admin/bookings/gymclass/{row.pk}/change/"
    seen = re.search(r'name="seen" value="(\w+)"', client.get(page).content.decode())[1]
    answer = client.post(
        page, typed | {"room": RoomFactory().pk, "seen": seen}, follow=True
    )
    assert row.sessions.count() == 5 and "5 sessions are made" in said(answer)


@pytest.mark.parametrize(
    ("off", "why"),
    [
        ("room", "Studio 1 is switched off."),
        ("trainer", "Bea Blau does not teach any more."),
        ("user", "Bea Blau&#x27;s account is closed."),
        (None, "Its sessions are made within a day."),
    ],
)
def test_the_list_says_the_true_reason(
    client, manager, off, why, django_assert_max_num_queries
):
    room, trainer = RoomFactory(name="Studio 1"), TrainerFactory(name="Bea Blau")
    GymClassFactory.create_batch(9, room=room, trainer=trainer)
    if row := {"room": room, "trainer": trainer, "user": trainer.user}.get(off):
        type(row).objects.filter(pk=row.pk).update(is_active=False)
    with django_assert_max_num_queries(10):
        assert client.get(LIST).content.decode().count(why) == 9


def test_a_room_in_use_again_has_its_sessions_soon(manager):
    room = RoomFactory(is_active=False)
    weekly = GymClassFactory(room=room, weekday=4)
    other = RoomFactory(is_active=False)
    for key in (room.pk, other.pk):
        switch_room(
            room_id=key, on=True, reason="Dry again", actor_id=manager.pk, now=NOW
        )
    outbox.drain(now=NOW)
    assert not Outbox.objects.exists()
    assert (
        ProcrastinateJob.objects.get(task_name="bookings.extend_timetable").status
        == "todo"
    )
    begin_class(gym_class_id=weekly.pk, now=NOW)
    assert begin_class(gym_class_id=weekly.pk, now=NOW) == 0
    assert weekly.sessions.count() == 5
    assert {one.starts_at for one in weekly.sessions.all()} == {
        session_of(weekly, one.session_date).starts_at for one in weekly.sessions.all()
    }

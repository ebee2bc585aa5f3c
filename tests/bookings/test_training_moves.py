"""A trainer moves an appointment of their own."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bookings.models import Appointment
from bookings.operations.appointments import move_appointment
from gymsite.core.models import Event, Notification
from gymsite.notifications import outbox
from tests.api import Api
from tests.asserts import assert_all_holds
from tests.bookings.staff import MONDAY_10, NOW, text
from tests.factories import AppointmentFactory, SessionFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday")]


def browser_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(booked):
    return browser_of(booked.trainer.user)


@pytest.fixture
def address(booked):
    return f"/teaching/appointments/{booked.reference}"


def test_a_free_time_is_chosen_and_the_client_is_told(client, booked, address):
    assert f'{address}/move/"' in text(client.get(f"{address}/"))
    shown = text(client.get(f"{address}/move/?day=2026-11-30"))
    chosen = f"{address}/move/2026-11-30T1300Z/"
    assert chosen in shown
    asked = text(client.get(chosen))
    assert "Move to Mon 30 Nov 13:00?" in asked
    assert "may cancel free of charge until it starts" in asked
    answer = client.post(chosen, follow=True)
    assert "Moved to Mon 30 Nov 13:00." in text(answer)
    assert answer.redirect_chain[-1][0] == f"{address}/"
    booked.refresh_from_db()
    assert booked.starts_at == MONDAY_10 + timedelta(hours=3)
    event = Event.objects.get(kind="appointment_moved")
    assert event.actor == booked.trainer.user
    assert client.post(chosen).status_code == 302  # a double click
    outbox.drain(now=timezone.now())
    told = Notification.objects.get(user=booked.client, title__startswith="Moved")
    assert "It was to start on Mon 30 Nov 10:00." in told.body
    assert "Free to cancel or move until it starts." in told.body
    theirs = Notification.objects.filter(user=booked.trainer.user)
    assert not theirs.filter(title__startswith="Moved").exists()
    assert_all_holds()


def test_any_other_time_can_be_typed(client, booked, address):
    """Also between the hours, and at short notice."""
    tonight = client.get(f"{address}/move/", {"on": "2026-11-27", "at": "12:30"})
    assert tonight["Location"] == f"{address}/move/2026-11-27T1230Z/"
    assert client.post(tonight["Location"]).status_code == 302
    booked.refresh_from_db()
    assert booked.starts_at == NOW + timedelta(minutes=30)
    wrong = client.get(f"{address}/move/", {"on": "soon", "at": "9"})
    assert wrong.status_code == 422
    assert "Choose a day." in text(wrong)


def test_the_clients_cutoff_binds_nobody_but_them(booked):
    soon = booked.starts_at - timedelta(minutes=20)
    act = {"appointment_id": booked.pk, "now": soon}
    target = {"starts_at": booked.starts_at + timedelta(hours=1)}
    moved = move_appointment(**act, **target, actor_id=booked.trainer.user_id)
    assert moved.free_until == moved.starts_at == target["starts_at"]


def test_moved_by_the_desk_the_cutoff_stays(booked):
    act = {"appointment_id": booked.pk, "actor_id": UserFactory().pk, "now": NOW}
    moved = move_appointment(**act, starts_at=MONDAY_10 + timedelta(hours=1))
    assert moved.free_until == moved.starts_at - timedelta(hours=24)


def test_a_trainer_who_is_taken_is_not_moved_there(client, booked, address):
    other = AppointmentFactory(
        trainer=booked.trainer,
        service=booked.service,
        starts_at=MONDAY_10 + timedelta(hours=3),
    )
    answer = client.post(f"{address}/move/2026-11-30T1330Z/")
    assert answer.status_code == 409
    assert "is not free on Mon 30 Nov 13:30" in text(answer)
    booked.refresh_from_db()
    assert (booked.starts_at, booked.sequence) == (MONDAY_10, 0)
    assert other.starts_at != booked.starts_at
    assert not Event.objects.filter(kind="appointment_moved").exists()


def test_a_class_of_the_trainer_is_in_the_way(client, booked, address):
    session = SessionFactory(
        gym_class__trainer=booked.trainer, gym_class__branch=booked.branch
    )
    at = re.sub("[-:]", "", f"{session.starts_at:%H:%M}")
    day = f"{session.starts_at:%Y-%m-%d}"
    assert client.post(f"{address}/move/{day}T{at}Z/").status_code == 409


@pytest.mark.parametrize("path", ["move/", "move/2026-11-30T1300Z/"])
def test_only_ones_own(booked, address, path):
    """Another trainer, the client and the desk have pages of their own."""
    other = AppointmentFactory().trainer.user
    assert browser_of(other).get(f"{address}/{path}").status_code == 404
    assert browser_of(other).post(f"{address}/{path}").status_code in (404, 405)
    for user in (booked.client, UserFactory(role="front_desk")):
        assert browser_of(user).get(f"{address}/{path}").status_code == 403
    assert Client().get(f"{address}/{path}").status_code == 302


def test_what_has_ended_is_not_moved(client, booked, address):
    Appointment.objects.filter(pk=booked.pk).update(
        status="cancelled", cancelled_at=NOW
    )
    assert client.get(f"{address}/move/")["Location"] == f"{address}/"
    assert client.post(f"{address}/move/2026-11-30T1300Z/").status_code == 409
    assert client.get(f"{address}/move/x/").status_code == 404


def test_over_the_api(booked):
    later = (MONDAY_10 + timedelta(hours=2)).isoformat()
    api = Api(booked.trainer.user)
    moved = api.post(f"/appointments/{booked.pk}/move", {"starts_at": later}).json()
    assert (moved["starts_at"], moved["free_until"]) == (later, later)
    assert Event.objects.get(kind="appointment_moved").actor == booked.trainer.user

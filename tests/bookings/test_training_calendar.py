"""A trainer's own week as a private calendar."""

from datetime import UTC, datetime

import icalendar
import pytest
import time_machine
from django.test import Client

from bookings.operations.sessions import substitute_trainer
from gymsite.core.operations.users import new_calendar_token
from tests.bookings.test_training_pages import browser_of, page, taught
from tests.factories import AppointmentFactory, TrainerFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)  # a Wednesday


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def trainer():
    return TrainerFactory()


def address_of(trainer):
    client = browser_of(trainer.user)
    client.post("/teaching/calendar/reset/")
    return client.get("/teaching/calendar/").context["address"].partition("/teaching")


def feed_of(trainer):
    _, start, rest = address_of(trainer)
    return start + rest


def titles(path):
    calendar = icalendar.Calendar.from_ical(Client().get(path).content)
    return {str(one["summary"]): one for one in calendar.walk("VEVENT")}


def test_it_has_classes_and_appointments_with_the_clients_name(trainer):
    taught(trainer, 27, 10)
    ana = UserFactory(first_name="Ana", last_name="Silva")
    for hour, status in ((12, "booked"), (14, "requested"), (16, "cancelled")):
        AppointmentFactory(
            trainer=trainer,
            client=ana,
            service__name=status,
            starts_at=datetime(2026, 11, 27, hour, tzinfo=UTC),
            status=status,
            cancelled_at=NOW if status == "cancelled" else None,
        )
    found = titles(feed_of(trainer))
    said = {title: str(event["status"]) for title, event in found.items()}
    assert said == {
        "Vinyasa Flow": "CONFIRMED",
        "Ana Silva, booked": "CONFIRMED",
        "Ana Silva, requested": "TENTATIVE",
        "Ana Silva, cancelled": "CANCELLED",
    }


def test_a_class_moves_to_the_substitutes_feed(trainer):
    other, session = TrainerFactory(branch=trainer.branch), taught(trainer, 27, 10)
    own, others = feed_of(trainer), feed_of(other)
    before = titles(own)["Vinyasa Flow"]
    etag = Client().get(own)["ETag"]
    substitute_trainer(
        session_id=session.pk, trainer_id=other.pk, actor_id=other.user_id, now=NOW
    )
    assert titles(own) == {}
    after = titles(others)["Vinyasa Flow"]
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after["dtstamp"].dt > before["dtstamp"].dt
    assert Client().get(own, headers={"if-none-match": etag}).status_code == 200


def test_an_unchanged_feed_is_not_drawn_again(trainer):
    taught(trainer, 27, 10)
    path = feed_of(trainer)
    first = Client().get(path)
    assert first["Cache-Control"] == "private, max-age=300"
    again = Client().get(path, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_new_address_ends_the_old_one(trainer):
    old = feed_of(trainer)
    assert Client().get(old).status_code == 200
    assert feed_of(trainer) != old
    assert Client().get(old).status_code == 404


def test_ones_own_calendar_opens_it_not(trainer):
    token = new_calendar_token(user_id=trainer.user_id)
    assert (
        Client().get(f"/teaching/calendar/{trainer.pk}/{token}.ics").status_code == 404
    )
    other = feed_of(TrainerFactory()).rpartition("/")[2]
    assert Client().get(f"/teaching/calendar/{trainer.pk}/{other}").status_code == 404
    assert Client().get(f"/teaching/calendar/{trainer.pk}/.ics").status_code == 404


def test_who_has_no_address_reads_so_and_a_closed_account_has_none(trainer):
    assert "No address yet" in page(browser_of(trainer.user), "/teaching/calendar/")
    path = feed_of(trainer)
    trainer.user.is_active = False
    trainer.user.save(update_fields=["is_active"])
    assert Client().get(path).status_code == 404

"""A reminder meets a cancel, another run, and the end of its worker."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from bookings.models import Appointment
from bookings.operations import reminders
from bookings.operations.appointments import cancel_appointment
from bookings.operations.reminders import remind
from gymsite.core.models import Event, Notification
from gymsite.notifications import outbox
from tests.asserts import broken
from tests.factories import AppointmentFactory
from tests.race import OK, race, while_held

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

UNLOCKED = reminders.SQL.remind.replace("FOR NO KEY UPDATE SKIP LOCKED", "")


def stands(now, **after):
    """Booked two days ago, for some hours from now on."""
    starts_at = now + timedelta(**after)
    booked_at = now - timedelta(days=2)
    return AppointmentFactory(starts_at=starts_at, booked_at=booked_at)


def cancel(appointment, now):
    actor_id = appointment.trainer.user_id
    return partial(
        cancel_appointment, appointment_id=appointment.pk, actor_id=actor_id, now=now
    )


def marked() -> int:
    return Event.objects.filter(kind="appointment_reminded").count()


def told(now) -> list[str]:
    outbox.drain(now=now + timedelta(days=1))
    return list(Notification.objects.order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize("locked", [True, False])
def test_a_cancel_that_is_under_way_is_not_reminded_of(now, monkeypatch, locked):
    """Without the lock the mark waits for the cancel and is made all the same."""
    appointment = stands(now, hours=20)
    if not locked:
        monkeypatch.setattr(reminders.SQL, "remind", UNLOCKED)
    outcomes = while_held(cancel(appointment, now), [partial(remind, now=now)])
    assert outcomes.codes == {OK: 1}
    assert marked() == (0 if locked else 1)
    assert set(broken()) == (set() if locked else {"appointment_reminded_once"})
    assert remind(now=now) == 0


def test_a_cancel_that_comes_while_it_is_marked_is_all_that_the_client_hears(now):
    appointment = stands(now, hours=20)
    outcomes = while_held(partial(remind, now=now), [cancel(appointment, now)])
    assert outcomes.codes == {OK: 1}
    assert marked() == 1
    client = appointment.client_id
    outbox.drain(now=now + timedelta(days=1))
    heard = Notification.objects.filter(user_id=client)
    assert [notice.kind for notice in heard] == ["appointment_cancelled"]


def test_several_runs_at_once_remind_of_each_once(now):
    for hours in (2, 5, 8, 11, 14, 17):
        stands(now, hours=hours)
    outcomes = race([partial(remind, now=now, at_once=2)] * 6)
    assert outcomes.codes == {OK: 6}
    remind(now=now)  # what a run passed over since another had it
    about = Event.objects.filter(kind="appointment_reminded")
    assert len(about) == len({event.subject_id for event in about}) == 6


@pytest.mark.parametrize("commits", [True, False])
def test_a_worker_that_is_killed_has_told_all_of_a_batch_or_nothing(now, commits):
    """Started again, it tells what is left; the others heard of it once."""
    for hours in (2, 5, 8):
        stands(now, hours=hours)

    def killed():
        if commits:
            remind(now=now)
        with transaction.atomic(), connection.cursor() as cursor:
            remind(now=now)
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    assert race([killed]).codes[OK] == 0
    assert marked() == (3 if commits else 0)
    assert remind(now=now) == (0 if commits else 3)
    assert told(now) == ["appointment_reminded"] * 3
    same = Appointment.objects.filter(reminded_for__isnull=True)
    assert not same.exists()

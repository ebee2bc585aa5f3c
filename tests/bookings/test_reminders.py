"""Reminders of appointments, 24 hours before."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from bookings.models import Appointment
from bookings.operations.appointment_steps import accept_appointment
from bookings.operations.appointments import (
    book_appointment,
    cancel_appointment,
    move_appointment,
)
from bookings.operations.reminders import BEFORE, remind
from gymsite.core.models import Event, Notification
from gymsite.notifications import outbox
from gymsite.notifications.notice_kinds import still_holds
from tests.asserts import broken
from tests.factories import (
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
    PolicyFactory,
    ServiceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
# 10:00 in Kathmandu, where clocks show 5 hours and 45 minutes more
MONDAY_10 = datetime(2026, 11, 30, 4, 15, tzinfo=UTC)
DUE = MONDAY_10 - BEFORE
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def book():
    branch = BranchFactory(name="Patan", slug="patan", time_zone="Asia/Kathmandu")
    hours = AvailabilityFactory(trainer__name="Ana Kovač", trainer__branch=branch)

    def asked(**other) -> Appointment:
        asked = {
            "trainer_id": hours.trainer_id,
            "service_id": ServiceFactory(name="Strength").pk,
            "branch_id": branch.pk,
            "client_id": MemberFactory().pk,
            "starts_at": MONDAY_10,
            "now": NOW,
        }
        return book_appointment(**asked | other)

    return asked


@pytest.fixture
def booked(book):
    return book()


def move(appointment, starts_at, now=NOW):
    move_appointment(
        appointment_id=appointment.pk,
        starts_at=starts_at,
        actor_id=UserFactory().pk,
        now=now,
    )


def cancel(appointment, now):
    actor_id = UserFactory().pk
    cancel_appointment(appointment_id=appointment.pk, actor_id=actor_id, now=now)


def told() -> list[str]:
    """The titles of all reminders; all of them were in order."""
    assert broken() == {}
    outbox.drain(now=NOW + timedelta(days=30))
    reminders = Notification.objects.filter(kind="appointment_reminded")
    return list(reminders.order_by("pk").values_list("title", flat=True))


class TestOnce:
    def test_24_hours_before_and_no_earlier(self, booked):
        assert remind(now=DUE - SECOND) == 0
        assert remind(now=DUE) == 1
        assert told() == ["Reminder: Strength, Mon 30 Nov 10:00"]
        notice = Notification.objects.get(kind="appointment_reminded")
        assert notice.user_id == booked.client_id
        assert notice.body.startswith("With Ana Kovač, Patan. £55.00, to pay at")
        assert notice.holds_until == MONDAY_10

    def test_a_second_run_tells_nobody(self, booked):
        assert [remind(now=DUE), remind(now=DUE), remind(now=DUE + HOUR)] == [1, 0, 0]
        assert len(told()) == 1

    def test_a_worker_that_stood_still_reminds_late_but_not_after_the_start(self, book):
        book()
        assert remind(now=MONDAY_10) == 0
        assert remind(now=MONDAY_10 - SECOND) == 1

    def test_in_batches(self, book):
        for hour in range(3):
            book(starts_at=MONDAY_10 + 2 * hour * HOUR)
        assert remind(now=DUE + 5 * HOUR, at_once=1) == 3
        starts = Event.objects.filter(kind="appointment_reminded").order_by("pk")
        seen = [event.data["starts_at"] for event in starts]
        assert seen == sorted(seen)
        assert len(set(seen)) == 3


class TestMoved:
    def test_before_it_was_reminded_of(self, booked):
        move(booked, MONDAY_10 + 2 * HOUR)
        assert remind(now=DUE) == 0
        assert remind(now=DUE + 2 * HOUR) == 1
        assert told() == ["Reminder: Strength, Mon 30 Nov 12:00"]

    def test_afterwards_the_old_reminder_is_void_and_a_new_one_comes(self, booked):
        later = MONDAY_10 + timedelta(days=7)
        assert remind(now=DUE) == 1
        assert len(told()) == 1
        asked = {"subject_id": booked.pk, "user_id": booked.client_id, "now": DUE}
        assert still_holds("appointment_reminded", **asked)
        move(booked, later, now=DUE)
        assert not still_holds("appointment_reminded", **asked)
        assert [remind(now=DUE), remind(now=later - BEFORE)] == [0, 1]
        assert told()[1:] == ["Reminder: Strength, Mon 7 Dec 10:00"]

    def test_between_the_mark_and_the_notice_nobody_hears_of_the_old_time(self, booked):
        assert remind(now=DUE) == 1
        move(booked, MONDAY_10 + timedelta(days=7), now=DUE)
        assert told() == []

    def test_to_a_time_that_is_nearer_than_a_day(self, booked):
        """The notice of the move says it."""
        now = DUE - HOUR / 2
        move(booked, MONDAY_10 - HOUR, now=now)
        assert remind(now=DUE) == 0


class TestNotOf:
    def test_what_is_cancelled(self, booked):
        cancel(booked, NOW)
        assert remind(now=DUE) == 0

    def test_what_is_cancelled_before_the_notice_or_the_mail(self, booked):
        assert remind(now=DUE) == 1
        cancel(booked, DUE)
        assert told() == []
        asked = {"subject_id": booked.pk, "user_id": booked.client_id, "now": DUE}
        assert not still_holds("appointment_reminded", **asked)

    def test_what_was_booked_later_than_a_day_before(self, book):
        book(now=DUE + SECOND)
        assert remind(now=DUE + HOUR) == 0

    def test_a_request_until_it_is_accepted(self, book):
        branch = BranchFactory(slug="patan")
        PolicyFactory(branch=branch, appointments_on_request=True)
        asked = book()
        assert remind(now=DUE) == 0
        accept_appointment(
            appointment_id=asked.pk, actor_id=asked.trainer.user_id, now=DUE
        )
        assert remind(now=DUE) == 1


REMINDER = "WHERE kind = 'appointment_reminded'"
FAULTS = {
    "too early": f"UPDATE core_event SET at = at - interval '1 hour' {REMINDER}",
    "too late": f"UPDATE core_event SET at = at + interval '25 hours' {REMINDER}",
    "twice": (
        "INSERT INTO core_event (kind, at, subject, subject_id, data) "
        f"SELECT kind, at, subject, subject_id, data FROM core_event {REMINDER}"
    ),
    "of another start": "UPDATE bookings_appointment SET reminded_for = starts_at + "
    "interval '1 hour'",
    "of what was cancelled": "UPDATE core_event SET kind = 'appointment_cancelled' "
    "WHERE kind = 'appointment_booked'",
    "of what was moved": (
        "UPDATE core_event SET kind = 'appointment_moved', data = jsonb_build_object("
        "'before', at, 'after', at + interval '9 days') "
        "WHERE kind = 'appointment_booked'"
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_reminder_out_of_order_is_found(booked, fault):
    assert remind(now=DUE) == 1
    assert broken() == {}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(fault)
    assert "appointment_reminded_once" in broken()

"""What a client and a trainer are told of an appointment."""

from datetime import UTC, datetime, timedelta

import pytest

from bookings import appointment_notices as notices
from bookings.models import Appointment
from bookings.operations.appointment_payments import refund_appointment
from bookings.operations.appointment_steps import (
    accept_appointment,
    complete_appointment,
    miss_appointment,
)
from bookings.operations.appointments import (
    book_appointment,
    cancel_appointment,
    decline_appointment,
    move_appointment,
)
from bookings.operations.closing import call_off_ahead, switch_trainer
from gymsite.core.models import Event, Notification
from gymsite.notifications import outbox
from gymsite.notifications.notice_kinds import still_holds, topic_of
from gymsite.payments.operations import take_payment
from tests.factories import (
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
    PolicyFactory,
    RoomFactory,
    ServiceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
# 10:00 in Sydney, where clocks show eleven hours more
MONDAY_10 = datetime(2026, 11, 29, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def trainer():
    branch = BranchFactory(name="Bondi", slug="bondi", time_zone="Australia/Sydney")
    return AvailabilityFactory(
        trainer__name="Ana Kovač", trainer__branch=branch
    ).trainer


@pytest.fixture
def client_id():
    return MemberFactory(first_name="Ida", last_name="Lindqvist").pk


@pytest.fixture
def book(trainer, client_id):
    def asked(**other) -> Appointment:
        asked = {
            "trainer_id": trainer.pk,
            "service_id": ServiceFactory(name="Strength").pk,
            "branch_id": trainer.branch_id,
            "client_id": client_id,
            "starts_at": MONDAY_10,
            "now": NOW,
        }
        return book_appointment(**asked | other)

    return asked


@pytest.fixture
def booked(book):
    appointment = book()
    _hand_out()
    Notification.objects.all().delete()
    return appointment


@pytest.fixture
def requested(trainer, book):
    PolicyFactory(branch=trainer.branch, appointments_on_request=True)
    return book()


def _hand_out(now=NOW):
    outbox.drain(now=now + timedelta(days=30))


def told(user_id: int) -> Notification:
    """The only notice that a person got."""
    _hand_out()
    return Notification.objects.get(user_id=user_id)


def was_told(user_id: int) -> bool:
    _hand_out()
    return Notification.objects.filter(user_id=user_id).exists()


class TestBooked:
    def test_the_client_hears_when_where_with_whom_and_what_it_costs(
        self, book, client_id
    ):
        appointment = book()
        notice = told(client_id)
        assert notice.title == "Booked: Strength, Mon 30 Nov 10:00"
        assert notice.body == (
            f"With Ana Kovač, {appointment.branch.name}. £55.00, to pay at the front "
            "desk. Free to cancel or move until Sun 29 Nov 10:00; after that £55.00 is "
            "due all the same."
        )
        assert notice.url == f"/appointments/{appointment.reference}/"
        assert notice.branch_id == appointment.branch_id
        assert notice.email_state == "due"

    def test_the_trainer_hears_who_and_when(self, book, trainer):
        appointment = book()
        notice = told(trainer.user_id)
        assert notice.title == "Booked with you: Strength, Mon 30 Nov 10:00"
        assert notice.body == f"Ida Lindqvist. {appointment.branch.name}."
        assert notice.url == f"/teaching/appointments/{appointment.reference}/"

    def test_a_trainer_who_booked_it_hears_nothing(self, book, trainer, client_id):
        book(source="staff", actor_id=trainer.user_id)
        assert was_told(client_id)
        assert not was_told(trainer.user_id)

    def test_the_pages_it_leads_to_are_there(self, client, book, trainer, client_id):
        book()
        for user_id in (client_id, trainer.user_id):
            notice = told(user_id)
            client.force_login(notice.user)
            assert client.get(notice.url).status_code == 200


class TestRequested:
    def test_the_client_waits_and_the_trainer_is_asked(
        self, requested, trainer, client_id
    ):
        assert told(client_id).title == "Asked for: Strength, Mon 30 Nov 10:00"
        assert "Ana Kovač has yet to say yes" in told(client_id).body
        notice = told(trainer.user_id)
        assert notice.title == "Asked of you: Strength, Mon 30 Nov 10:00"
        assert notice.body.endswith("Accept or decline it.")

    def test_its_mail_does_not_leave_once_it_is_answered(self, requested, trainer):
        asked = {"subject_id": requested.pk, "user_id": trainer.user_id, "now": NOW}
        assert still_holds("appointment_requested", **asked)
        accept_appointment(
            appointment_id=requested.pk, actor_id=trainer.user_id, now=NOW
        )
        assert not still_holds("appointment_requested", **asked)

    def test_the_client_hears_of_the_yes(self, requested, trainer, client_id):
        _hand_out()
        Notification.objects.all().delete()
        accept_appointment(
            appointment_id=requested.pk, actor_id=trainer.user_id, now=NOW
        )
        assert told(client_id).title == "Accepted: Strength, Mon 30 Nov 10:00"
        assert not was_told(trainer.user_id)

    def test_the_trainer_hears_of_a_yes_that_staff_said(self, requested, trainer):
        _hand_out()
        Notification.objects.all().delete()
        accept_appointment(
            appointment_id=requested.pk, actor_id=UserFactory().pk, now=NOW
        )
        assert told(trainer.user_id).title.startswith("Accepted for you: ")

    def test_the_client_hears_of_the_no(self, requested, trainer, client_id):
        _hand_out()
        Notification.objects.all().delete()
        decline_appointment(
            appointment_id=requested.pk,
            actor_id=trainer.user_id,
            reason="I am away then.",
            now=NOW,
        )
        notice = told(client_id)
        assert notice.title == "Declined: Strength, Mon 30 Nov 10:00"
        assert notice.body.endswith("There is nothing to pay. I am away then.")
        assert not was_told(trainer.user_id)


class TestMoved:
    def test_both_hear_the_old_time_and_the_new(self, booked, trainer, client_id):
        move_appointment(
            appointment_id=booked.pk,
            starts_at=MONDAY_10 + HOUR,
            actor_id=UserFactory().pk,
            now=NOW,
        )
        for user_id in (client_id, trainer.user_id):
            assert told(user_id).title == "Moved: Strength, Mon 30 Nov 11:00"
            assert "It was to start on Mon 30 Nov 10:00." in told(user_id).body
        assert "Free to cancel or move until Sun 29 Nov 11:00" in told(client_id).body

    def test_into_another_room(self, booked, trainer, client_id):
        room = RoomFactory(branch=trainer.branch, name="Studio 3")
        move_appointment(
            appointment_id=booked.pk,
            starts_at=MONDAY_10,
            room_id=room.pk,
            actor_id=UserFactory().pk,
            now=NOW,
        )
        for user_id in (client_id, trainer.user_id):
            assert told(user_id).title == "Another room: Strength, Mon 30 Nov 10:00"
            assert "Studio 3" in told(user_id).body


def cancel(appointment, **by):
    asked = {"appointment_id": appointment.pk, "now": NOW} | by
    return cancel_appointment(**asked)


class TestCancelled:
    def test_by_staff_both_hear_why_and_the_client_of_the_money(
        self, booked, trainer, client_id
    ):
        take_payment(payment_id=booked.payment_id, actor_id=client_id, now=NOW)
        cancel(booked, actor_id=UserFactory().pk, reason="The heating is off.")
        notice = told(client_id)
        assert notice.title == "Cancelled: Strength, Mon 30 Nov 10:00"
        assert notice.body == (
            "With Ana Kovač. What you paid goes back to you. The heating is off."
        )
        assert told(trainer.user_id).body == (
            "Ida Lindqvist. That time is free again. The heating is off."
        )

    def test_by_the_client_the_trainer_hears(self, booked, trainer, client_id):
        cancel(booked, client_id=client_id, actor_id=client_id)
        assert told(client_id).body == "With Ana Kovač. There is nothing to pay."
        assert told(trainer.user_id).body == "Ida Lindqvist. That time is free again."

    def test_late(self, booked, trainer, client_id):
        late = MONDAY_10 - HOUR
        cancel(booked, client_id=client_id, actor_id=client_id, now=late)
        assert told(client_id).body.endswith(
            "It was after the free time: £55.00 is due all the same."
        )
        assert "after the free time" in told(trainer.user_id).body

    def test_by_the_trainer_only_the_client_hears(self, booked, trainer, client_id):
        cancel(booked, actor_id=trainer.user_id, reason="I am ill, sorry.")
        assert told(client_id).body.endswith("I am ill, sorry.")
        assert not was_told(trainer.user_id)

    def test_with_a_trainer_who_leaves(self, booked, trainer, client_id):
        asked = {"reason": "Ana leaves us.", "actor_id": UserFactory().pk, "now": NOW}
        switch_trainer(trainer_id=trainer.pk, on=False, **asked)
        call_off_ahead(of="trainer", of_id=trainer.pk, **asked)
        assert told(client_id).body.endswith("There is nothing to pay. Ana leaves us.")


class TestAfterwards:
    def test_who_is_said_to_have_missed_it_hears(self, booked, trainer, client_id):
        said = {"appointment_id": booked.pk, "actor_id": trainer.user_id}
        miss_appointment(**said, now=booked.ends_at)
        assert told(client_id).title == "Missed: Strength, Mon 30 Nov 10:00"
        assert told(client_id).body.endswith("£55.00, to pay at the front desk.")
        assert not was_told(trainer.user_id)
        asked = {"subject_id": booked.pk, "user_id": client_id, "now": booked.ends_at}
        assert still_holds("appointment_missed", **asked)
        complete_appointment(**said, now=booked.ends_at)
        assert not still_holds("appointment_missed", **asked)

    def test_a_refund(self, booked, trainer, client_id):
        take_payment(payment_id=booked.payment_id, actor_id=client_id, now=NOW)
        said = {"appointment_id": booked.pk, "actor_id": trainer.user_id}
        complete_appointment(**said, now=booked.ends_at)
        refund_appointment(**said, reason="The shower was cold.", now=booked.ends_at)
        assert told(client_id).title == "Refunded: Strength, Mon 30 Nov 10:00"
        assert told(client_id).body == (
            "£55.00 comes back to you, the way you paid it. The shower was cold."
        )


class TestStatements:
    @pytest.mark.parametrize(
        "notify",
        [
            notices.notify_requested,
            notices.notify_booked,
            notices.notify_accepted,
            notices.notify_moved,
            notices.notify_reminded,
            notices.notify_cancelled,
            notices.notify_missed,
            notices.notify_refunded,
        ],
    )
    def test_one_reads_all_that_is_told(
        self, booked, notify, django_assert_num_queries
    ):
        """Beside one for each who is told."""
        event = Event.objects.filter(kind="appointment_booked").get()
        start = MONDAY_10.isoformat()
        event.data |= {"before": NOW.isoformat(), "after": start, "starts_at": start}
        clients = {"notify_reminded", "notify_missed", "notify_refunded"}
        with django_assert_num_queries(2 if notify.__name__ in clients else 3):
            notify(event)


class TestMail:
    @pytest.mark.parametrize("kind", ["appointment_booked", "appointment_moved"])
    def test_holds_while_it_stands_and_lies_ahead(self, booked, client_id, kind):
        asked = {"subject_id": booked.pk, "user_id": client_id}
        assert still_holds(kind, **asked, now=NOW)
        assert not still_holds(kind, **asked, now=booked.starts_at)
        cancel(booked, client_id=client_id, actor_id=client_id)
        assert not still_holds(kind, **asked, now=NOW)

    def test_is_switched_off_with_the_others_of_appointments(self):
        assert topic_of("appointment_cancelled").name == "appointments"

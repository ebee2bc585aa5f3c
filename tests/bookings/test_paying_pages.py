"""A member pays an appointment: by card with the booking or later, or from a pack."""

import re
from datetime import UTC, datetime, time

import pytest
import time_machine
from django.test import Client

from bookings.models import Appointment
from bookings.operations.appointments import book_appointment
from gymsite.payments.models import Payment
from gymsite.payments.operations import take_payment
from memberships.operations.memberships import enroll
from tests.factories import (
    AvailabilityFactory,
    PlanFactory,
    ServiceFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
AT_TEN = "/appointments/book/riverside/training/lena/2026-11-30T1000Z/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def trainer():
    lena = TrainerFactory(name="Lena Brandt", slug="lena")
    return AvailabilityFactory(trainer=lena, ends=time(12)).trainer


@pytest.fixture
def service():
    return ServiceFactory(slug="training")


@pytest.fixture
def member():
    return UserFactory()


@pytest.fixture
def client(member):
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def booked(trainer, service, member):
    return book_appointment(
        trainer_id=trainer.pk,
        service_id=service.pk,
        branch_id=trainer.branch_id,
        client_id=member.pk,
        starts_at=datetime(2026, 11, 30, 10, tzinfo=UTC),
        now=NOW,
    )


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


class TestPaying:
    def book(self, client, **form):
        typed = {"price": 5500, "note": ""} | form
        return client.post(f"{AT_TEN}book/", typed, follow=True)

    def pay(self, client, booked, way):
        address = f"/appointments/{booked.reference}/pay/"
        return client.post(address, {"pay": way}, follow=True)

    def test_by_card_with_the_booking(self, client, trainer, service):
        page = text(self.book(client, pay="card"))
        assert "£55.00, paid" in page
        assert "Pay now" not in page
        assert Payment.objects.get().gateway == "card"

    def test_a_declined_card_leaves_it_booked_and_says_what_next(
        self, client, trainer, service
    ):
        page = text(self.book(client, pay="card-declined"))
        assert "declined" in page
        assert "Your appointment is booked all the same." in page
        assert "£55.00, to pay at the front desk" in page
        assert "Pay now" in page

    def test_later_by_card(self, client, booked):
        assert "Pay now" in text(client.get(f"/appointments/{booked.reference}/"))
        page = text(self.pay(client, booked, "card"))
        assert "£55.00, paid" in page
        assert "Pay now" not in page

    def test_later_by_a_card_that_declines(self, client, booked):
        answer = self.pay(client, booked, "card-declined")
        assert answer.status_code == 402
        assert "Pay now" in text(answer)

    @pytest.mark.parametrize("way", ["", "desk", "gold"])
    def test_another_way_changes_nothing(self, client, booked, way):
        assert "to pay at the front desk" in text(self.pay(client, booked, way))

    def test_from_a_pack(self, client, member, trainer, service):
        plan = PlanFactory(appointments=True)
        held = enroll(member_id=member.pk, plan_id=plan.pk, actor_id=member.pk, now=NOW)
        unpaid = client.get(AT_TEN)
        assert "From my pack" not in text(unpaid)
        due = held.periods.get().payment_id
        take_payment(payment_id=due, actor_id=member.pk, now=NOW)
        page = text(client.get(AT_TEN))
        assert "From my pack: 5 left" in page
        page = text(self.book(client, pay="pack"))
        assert "£55.00, from your pack" in page
        assert "Pay now" not in page
        assert "after that it is used up in your pack" in page
        made = Appointment.objects.get()
        cancelled = client.post(f"/appointments/{made.reference}/cancel/", follow=True)
        assert "It is back in your pack." in text(cancelled)

"""Paying an appointment over the API: with the booking, or later."""

from datetime import timedelta

import pytest
import time_machine

from bookings.models import Appointment, BookingPolicy
from gymsite.core.models import Role
from gymsite.payments.models import Payment
from gymsite.payments.operations import sweep, take_payment
from memberships.models import Allowance
from memberships.operations.memberships import enroll
from tests.api import Api, assert_problem
from tests.asserts import assert_all_holds
from tests.bookings.staff import MONDAY_10, NOW
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
    PlanFactory,
    ServiceFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday")]


@pytest.fixture
def member():
    return UserFactory(username="ada")


@pytest.fixture
def api(member):
    return Api(member)


@pytest.fixture
def service():
    return ServiceFactory()


@pytest.fixture
def asked(service):
    return {
        "trainer_id": AvailabilityFactory().trainer_id,
        "service_id": service.pk,
        "starts_at": MONDAY_10.isoformat(),
    }


@pytest.fixture
def pack(member):
    """Of five appointments, paid."""
    plan = PlanFactory(appointments=True)
    held = enroll(member_id=member.pk, plan_id=plan.pk, actor_id=member.pk, now=NOW)
    due = held.periods.get().payment_id
    take_payment(payment_id=due, actor_id=member.pk, now=NOW)
    return held.allowances.get()


def book(api, asked, **more):
    key = more.pop("key", None)
    response = api.post("/appointments/book", asked | more, key=key)
    assert response.status_code == 201, response.content
    return response.json()


class TestWithTheBooking:
    def test_at_the_desk_if_nothing_is_said(self, api, asked):
        made = book(api, asked)
        assert (made["payment_status"], made["from_pack"]) == ("pending", False)
        assert "payment_problem" not in made
        assert Payment.objects.get().gateway == "desk"

    def test_by_card(self, api, asked, provider):
        made = book(api, asked, pay_by="card", price_minor=5500)
        assert made["payment_status"] == "paid"
        assert "payment_problem" not in made
        assert provider.books == {Payment.objects.get(pk=made["payment_id"]).key: 5500}
        assert_all_holds()

    def test_a_card_that_declines_leaves_it_booked(self, api, asked, provider):
        made = book(api, asked, pay_by="card", source="declines")
        assert made["payment_problem"]["code"] == "payment_declined"
        assert (made["status"], made["payment_status"]) == ("booked", "pending")
        assert Payment.objects.get(pk=made["payment_id"]).gateway == "desk"
        assert provider.books == {}
        assert_all_holds()

    def test_from_a_pack(self, api, asked, pack):
        made = book(api, asked, pay_by="pack")
        assert (made["payment_id"], made["payment_status"]) == (None, None)
        assert made["from_pack"]
        assert Allowance.objects.get(pk=pack.pk).used == 1

    def test_without_a_pack(self, api, asked):
        refused = api.post("/appointments/book", asked | {"pay_by": "pack"})
        assert_problem(refused, 403, "pack_required")
        assert not Appointment.objects.exists()

    @pytest.mark.parametrize("way", ["desk", "card", "pack"])
    def test_what_is_free_is_paid_by_nothing(self, api, asked, service, way, provider):
        free = ServiceFactory(name="Trial", price_minor=0)
        made = book(api, asked, service_id=free.pk, pay_by=way)
        assert (made["payment_id"], made["from_pack"]) == (None, False)
        assert provider.books == {}

    @pytest.mark.parametrize("way", ["", "gold", "card-declined", "d\ud7ff", "x" * 20])
    def test_another_way_is_refused(self, api, asked, way):
        refused = api.post("/appointments/book", asked | {"pay_by": way})
        found = assert_problem(refused, 422, "invalid")
        assert set(found["errors"]) == {"pay_by"}
        assert not Appointment.objects.exists()

    @pytest.mark.parametrize("way", ["desk", "card", "pack"])
    def test_a_price_that_changed_is_not_paid(self, api, asked, way, pack, provider):
        wrong = asked | {"pay_by": way, "price_minor": 5400}
        refused = api.post("/appointments/book", wrong)
        assert_problem(refused, 409, "appointment_price_changed")
        assert not Appointment.objects.exists()
        assert provider.books == {}

    def test_with_a_key_a_repeat_is_the_same_and_charges_nothing(
        self, api, asked, provider
    ):
        by_card = {"pay_by": "card", "key": "a-key"}
        made = [book(api, asked, **by_card) for _ in range(2)]
        assert made[0] == made[1]
        assert len(provider.books) == 1
        other = asked | {"pay_by": "desk"}
        answer = api.post("/appointments/book", other, key="a-key")
        assert_problem(answer, 422, "idempotency_mismatch")

    def test_without_a_key_too(self, api, asked, provider):
        made = [book(api, asked, pay_by="card") for _ in range(2)]
        assert made[0] == made[1]
        assert len(provider.books) == 1

    def test_whose_answer_was_lost_is_booked_and_charged_once(
        self, api, asked, provider
    ):
        made = book(api, asked, pay_by="card", source="dies", key="a-key")
        assert made["payment_problem"]["code"] == "payment_under_way"
        at = NOW + timedelta(minutes=3)
        with time_machine.travel(at, tick=False):
            sweep(now=at)
            later = api.get(f"/appointments/{made['id']}").json()
        assert later["payment_status"] == "paid"
        assert list(provider.books.values()) == [5500]
        assert_all_holds()


class TestForSomebodyElse:
    @pytest.mark.parametrize("way", ["card", "pack"])
    def test_the_desk_leaves_it_to_the_desk(self, asked, member, pack, way, provider):
        desk = Api(UserFactory(role=Role.FRONT_DESK))
        wrong = asked | {"client_id": member.pk, "pay_by": way}
        refused = desk.post("/appointments/book", wrong)
        found = assert_problem(refused, 422, "invalid")
        assert set(found["errors"]) == {"pay_by"}
        assert (Appointment.objects.count(), provider.books) == (0, {})

    def test_what_a_trainer_books_is_no_request_any_more(self, asked, member, service):
        trainer = AvailabilityFactory(weekday=2).trainer
        trains = {"trainer": trainer, "client": member, "service": service}
        AppointmentFactory(**trains, starts_at=MONDAY_10 + timedelta(days=3))
        BookingPolicy.objects.create(created_at=NOW, appointments_on_request=True)
        wednesday = MONDAY_10 + timedelta(days=2)
        made = book(
            Api(trainer.user),
            asked,
            trainer_id=trainer.pk,
            client_id=member.pk,
            starts_at=wednesday.isoformat(),
            note="Left knee.",
        )
        assert (made["status"], made["note"]) == ("booked", "Left knee.")


class TestLater:
    @pytest.fixture
    def due(self, api, asked):
        return book(api, asked)

    def pay(self, api, booked, key=None, **more):
        address = f"/appointments/{booked['id']}/pay"
        return api.post(address, {"source": "pays"} | more, key=key)

    def test_by_card_in_place_of_the_desk(self, api, due, provider):
        paid = self.pay(api, due).json()
        assert paid["payment_status"] == "paid"
        assert paid["payment_id"] != due["payment_id"]
        assert list(provider.books.values()) == [5500]
        found = [row["status"] for row in api.get("/payments/").json()["items"]]
        assert found == ["paid", "failed"]
        assert_all_holds()

    def test_again_is_once(self, api, due, provider):
        answers = [self.pay(api, due, key) for key in (None, "a", "a", "b")]
        assert len({answer.content for answer in answers}) == 1
        assert len(provider.books) == 1

    def test_a_card_that_declines(self, api, due, provider):
        assert_problem(self.pay(api, due, source="declines"), 402, "payment_declined")
        assert self.pay(api, due).json()["payment_status"] == "paid"

    def test_a_repeat_of_what_is_under_way_asks_anew(self, api, due, provider):
        lost = self.pay(api, due, "a-key", source="dies")
        assert_problem(lost, 409, "payment_under_way")
        at = NOW + timedelta(minutes=3)
        with time_machine.travel(at, tick=False):
            again = self.pay(api, due, "a-key", source="dies")
        assert again.json()["payment_status"] == "paid", again.content
        assert list(provider.books.values()) == [5500]

    @pytest.mark.parametrize("gateway", ["desk", "pack", "gold", ""])
    def test_another_way_is_refused(self, api, due, gateway):
        refused = self.pay(api, due, gateway=gateway)
        found = assert_problem(refused, 422, "invalid")
        assert set(found["errors"]) == {"gateway"}

    def test_what_is_not_due(self, api, asked, pack, due):
        api.delete(f"/appointments/{due['id']}/cancel")
        from_pack = book(api, asked, pay_by="pack")
        for booked in (due, from_pack):
            refused = self.pay(api, booked)
            assert_problem(refused, 409, "wrong_appointment_state")

    def test_nobody_elses(self, due, provider):
        elsewhere = BranchFactory(slug="hill")
        strangers = [
            MemberFactory(),
            TrainerFactory().user,
            UserFactory(role="manager", home_branch=elsewhere),
        ]
        for stranger in strangers:
            refused = self.pay(Api(stranger), due)
            assert_problem(refused, 404, "appointment_not_found")
        trainer = Appointment.objects.get().trainer.user
        for role in ("front_desk", "manager", "owner"):
            refused = self.pay(Api(UserFactory(role=role)), due)
            assert_problem(refused, 403, "forbidden")
        assert_problem(self.pay(Api(trainer), due), 403, "forbidden")
        assert_problem(self.pay(Api(), due), 401, "not_logged_in")
        assert provider.books == {}

"""Payments over the API: one's own, and a member's for the staff of a branch."""

from datetime import timedelta

import pytest

from bookings.operations.appointment_payments import refund_appointment
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from catalog.operations.rentals import Wish, rent
from gymsite.core.models import Role
from gymsite.payments.errors import PaymentDeclined
from gymsite.payments.operations import reverse_charge, take_payment
from gymsite.payments.queries import TEST_CARD_DECLINES
from memberships.operations.memberships import enroll
from tests.api import Api, assert_problem
from tests.factories import (
    AppointmentFactory,
    BranchFactory,
    MemberFactory,
    PlanFactory,
    ProductFactory,
    RentalUnitFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return UserFactory(username="ada")


@pytest.fixture
def api(member):
    return Api(member)


@pytest.fixture
def appointment(member, now):
    """Over, and paid at the desk."""
    return AppointmentFactory(
        trainer__name="Lena Brandt",
        client=member,
        starts_at=now - timedelta(hours=3),
        status="completed",
        over_at=now,
    )


@pytest.fixture
def paid(appointment, now):
    actor_id = UserFactory(role=Role.FRONT_DESK).pk
    return take_payment(payment_id=appointment.payment_id, actor_id=actor_id, now=now)


def listed(api, query=""):
    response = api.get(f"/payments/{query}")
    assert response.status_code == 200, response.content
    return response.json()["items"]


def test_one_payment_says_what_it_was_for_and_where(api, member, appointment, paid):
    found = api.get(f"/payments/{paid.pk}").json()
    assert found.pop("what_for").startswith("Personal training with Lena Brandt, ")
    assert found.pop("created_at")
    assert found == {
        "id": paid.pk,
        "kind": "appointment",
        "reference": appointment.reference,
        "status": "paid",
        "member_id": member.pk,
        "branch_id": appointment.branch_id,
        "branch": "Riverside",
        "gateway": "desk",
        "amount_minor": 5500,
        "refunded_minor": 0,
        "currency": "GBP",
        "paid_at": paid.paid_at.astimezone(appointment.branch.zone).isoformat(),
        "refunds": [],
    }
    assert listed(api) == [api.get(f"/payments/{paid.pk}").json()]


def test_what_went_back_is_told_with_its_time(api, appointment, paid, now):
    part = {"amount_minor": 1500, "now": now}
    reverse_charge(paid, **part)
    (found,) = listed(api)
    assert (found["status"], found["refunded_minor"]) == ("paid", 1500)
    reverse_charge(paid, amount_minor=4000, now=now)
    (found,) = listed(api)
    assert (found["status"], found["refunded_minor"]) == ("refunded", 5500)
    assert [refund["amount_minor"] for refund in found["refunds"]] == [1500, 4000]
    at = now.astimezone(appointment.branch.zone).isoformat()
    assert {refund["refunded_at"] for refund in found["refunds"]} == {at}


def test_a_refund_of_staff_is_there(api, appointment, paid, now):
    refund_appointment(
        appointment_id=appointment.pk, actor_id=paid.member_id, reason="", now=now
    )
    assert listed(api)[0]["refunded_minor"] == 5500


def test_each_kind_says_what_was_bought(api, member, appointment, now):
    plan = PlanFactory(name="Ten classes", pack=True)
    enroll(member_id=member.pk, plan_id=plan.pk, actor_id=member.pk, now=now)
    item = add_to_cart(
        member_id=member.pk, product_id=ProductFactory().pk, quantity=1, now=now
    )
    order, _ = check_out(cart_id=item.cart_id, member_id=member.pk, now=now)
    unit = RentalUnitFactory()
    today = unit.branch.today(now)
    wish = Wish(unit.kind_id, unit.branch_id, member.pk, today, today)
    rental = rent(wish=wish, now=now)
    shop, hire, pack, hour = (
        {row["kind"]: row for row in listed(api)}[kind]
        for kind in ("order", "rental", "membership", "appointment")
    )
    shown = f"{order.reference[:4]}-{order.reference[4:8]}-{order.reference[8:]}"
    assert shop["what_for"] == f"Order {shown}"
    assert shop["reference"] == order.reference
    assert (hire["reference"], hire["gateway"]) == (rental.reference, "card")
    assert hire["what_for"].startswith(f"{unit.kind.name}, {today.day} ")
    assert pack["what_for"].startswith("Ten classes, from ")
    assert pack["reference"] is None
    assert (hour["status"], hour["paid_at"]) == ("pending", None)


def test_a_payment_that_bought_nothing_is_named_by_its_kind(api, member, now):
    item = add_to_cart(
        member_id=member.pk, product_id=ProductFactory().pk, quantity=1, now=now
    )
    with pytest.raises(PaymentDeclined):
        check_out(
            cart_id=item.cart_id,
            member_id=member.pk,
            source=TEST_CARD_DECLINES,
            now=now,
        )
    (found,) = listed(api)
    assert (found["what_for"], found["status"]) == ("Order", "failed")


def test_pages_go_on_where_they_ended(api, member, now):
    days = [now + timedelta(days=ahead) for ahead in range(3)]
    made = [AppointmentFactory(client=member, starts_at=day) for day in days]
    page = api.get("/payments/?limit=2").json()
    rest = api.get(f"/payments/?limit=2&cursor={page['next']}").json()
    assert [row["id"] for row in page["items"] + rest["items"]] == [
        one.payment_id for one in made[::-1]
    ]
    assert rest["next"] is None


def staff(role, branch=None):
    here = {"home_branch": branch} if branch else {}
    return Api(UserFactory(role=role, **here))


@pytest.mark.parametrize("role", ["front_desk", "manager", "owner"])
def test_staff_of_the_branch_see_a_members(paid, member, role):
    api = staff(role)
    assert [row["id"] for row in listed(api, f"?member={member.pk}")] == [paid.pk]
    assert api.get(f"/payments/{paid.pk}").status_code == 200
    assert listed(api) == []  # their own


def strangers():
    elsewhere = BranchFactory(slug="hill")
    return [
        MemberFactory(),
        TrainerFactory().user,
        UserFactory(role="front_desk", home_branch=elsewhere),
        UserFactory(role="manager", home_branch=elsewhere),
        UserFactory(role="manager", home_branch=None),
    ]


def test_nobody_else_does(paid, member, appointment):
    for stranger in [*strangers(), appointment.trainer.user]:
        api = Api(stranger)
        for query in (f"?member={member.pk}", f"?member={2**62}"):
            assert_problem(api.get(f"/payments/{query}"), 404, "not_found")
        for payment_id in (paid.pk, 2**62):
            assert_problem(api.get(f"/payments/{payment_id}"), 404, "not_found")
    for address in ("/payments/", f"/payments/{paid.pk}"):
        assert_problem(Api().get(address), 401, "not_logged_in")


def test_staff_see_of_a_member_of_another_branch_what_was_paid_at_theirs(
    paid, member, appointment
):
    hill = BranchFactory(slug="hill")
    there = AppointmentFactory(trainer__branch=hill, client=member)
    manager = staff("manager", hill)
    found = listed(manager, f"?member={member.pk}")
    assert [row["id"] for row in found] == [there.payment_id]
    assert_problem(manager.get(f"/payments/{paid.pk}"), 404, "not_found")
    everywhere = listed(staff("owner"), f"?member={member.pk}")
    assert [row["id"] for row in everywhere] == [there.payment_id, paid.pk]


@pytest.mark.parametrize("query", ["?member=0", "?member=1_0", "?member=x", "?limit=0"])
def test_what_cannot_be_read_is_refused(api, query):
    assert_problem(api.get(f"/payments/{query}"), 422, "invalid")

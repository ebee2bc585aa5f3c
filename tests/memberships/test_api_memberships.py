"""Plans, my memberships and enrolling over the API."""

import pytest
from django.utils import timezone

from bookings.operations.bookings import book_session
from gymsite.core.models import Event
from gymsite.payments.models import Payment
from memberships.models import Membership
from tests.api import Api, assert_problem
from tests.factories import (
    BranchFactory,
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def test_plans_on_sale_are_open_to_everybody_in_their_order():
    late, early = (
        PlanFactory(rank=2),
        PlanFactory(rank=1, per_period=True, includes_pool=True),
    )
    PlanFactory(is_on_sale=False)
    found = Api().get("/membership/plans").json()
    assert [row["id"] for row in found["items"]] == [early.pk, late.pk]
    row = found["items"][0]
    assert (row["kind"], row["classes"], row["price_minor"], row["currency"]) == (
        "per_period",
        8,
        4900,
        "GBP",
    )
    assert row["includes"] == ["classes", "pool"]
    page = Api().get("/membership/plans?limit=1").json()
    rest = Api().get(f"/membership/plans?limit=1&cursor={page['next']}").json()
    assert ([row["id"] for row in rest["items"]], rest["next"]) == ([late.pk], None)


def test_a_changed_plan_or_branch_is_seen_at_once():
    branch = BranchFactory()
    plan = PlanFactory(branch=branch)

    def shown():
        return [
            (row["price_minor"], row["branch"])
            for row in Api().get("/membership/plans").json()["items"]
        ]

    assert shown() == [(4900, "Riverside")]
    type(plan).objects.update(price_minor=5900)
    assert shown() == [(5900, "Riverside")]
    type(branch).objects.update(name="Quayside")
    assert shown() == [(5900, "Quayside")]


def test_my_memberships_with_what_is_used():
    member = UserFactory()
    MembershipFactory(
        member=member,
        plan=PlanFactory(per_period=True, name="Eight"),
        status="ended",
        is_base=True,
    )
    plan = PlanFactory(pack=True)
    bought = Api(member).post(f"/membership/{member.pk}/enroll", {"plan_id": plan.pk})
    assert bought.status_code == 201, bought.content
    book_session(
        session_id=SessionFactory().pk, member_id=member.pk, now=timezone.now()
    )
    MemberFactory()  # somebody else's
    rows = Api(member).get("/membership/").json()["items"]
    assert [
        (row["status"], row["classes_used"], row["classes_limit"]) for row in rows
    ] == [
        ("active", 1, 10),
        ("ended", None, None),
    ]


def test_enrolling_oneself():
    member, plan = UserFactory(), PlanFactory()
    response = Api(member).post(f"/membership/{member.pk}/enroll", {"plan_id": plan.pk})
    assert response.status_code == 201
    membership = Membership.objects.get()
    assert response.json() == {
        "id": membership.pk,
        "plan_id": plan.pk,
        "plan": plan.name,
        "status": "active",
        "starts_on": membership.starts_on.isoformat(),
        "ends_on": None,
    }
    assert Payment.objects.get().status == "pending"
    assert_problem(
        Api(member).post(
            f"/membership/{member.pk}/enroll", {"plan_id": PlanFactory().pk}
        ),
        409,
        "already_member",
    )


def test_staff_enrol_people_of_their_branch_only():
    member, plan, hill = UserFactory(), PlanFactory(), BranchFactory(slug="hill")
    path, body = f"/membership/{member.pk}/enroll", {"plan_id": plan.pk}
    strangers = [
        UserFactory(),
        UserFactory(role="trainer"),
        UserFactory(role="manager", home_branch=hill),
    ]
    for stranger in strangers:
        assert_problem(Api(stranger).post(path, body), 404, "not_found")
    assert not Membership.objects.exists()
    desk = UserFactory(role="front_desk")
    assert Api(desk).post(path, body).status_code == 201
    assert Event.objects.get(kind="enrolled").actor_id == desk.pk


def test_what_can_not_be_bought():
    member = UserFactory()
    path = f"/membership/{member.pk}/enroll"
    for plan_id in (PlanFactory(is_on_sale=False).pk, 2**63 - 1):
        assert_problem(
            Api(member).post(path, {"plan_id": plan_id}), 409, "plan_not_on_sale"
        )
    for body in (
        {"plan_id": 2**63},
        {"plan_id": "1"},
        {"plan_id": 0},
        {"plan_id": True},
        {},
        {"plan_id": 1, "x": 2},
    ):
        assert_problem(Api(member).post(path, body), 422, "invalid")
    unknown = {"plan_id": PlanFactory().pk, "branch_id": 987654}
    assert "branch" in str(
        assert_problem(Api(member).post(path, unknown), 422, "invalid")["errors"]
    )

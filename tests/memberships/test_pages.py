"""Plans, enrolling, my membership."""

import pytest
from django.test import Client
from django.utils import timezone

from gymsite.core.models import Notification
from gymsite.notifications import outbox
from gymsite.payments.models import Payment
from memberships.models import Membership
from tests.api import Api
from tests.factories import (
    BranchFactory,
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def client(user):
    client = Client()
    client.force_login(user)
    return client


def test_anybody_sees_what_is_on_sale():
    PlanFactory(
        name="Everything", slug="everything", includes_pool=True, price_minor=12900
    )
    PlanFactory(name="Retired", slug="retired", is_on_sale=False)
    html = Client().get("/plans/").content.decode()
    assert "£129.00" in html
    assert "Pool" in html
    assert "Retired" not in html


def test_enrolling_starts_the_plan_today_and_asks_for_its_price(client, user):
    plan = PlanFactory(slug="classic", name="Classic")
    assert (
        "£49.00 is due at the front desk"
        in client.get("/plans/classic/").content.decode()
    )
    answer = client.post(
        "/plans/classic/join/", {"branch": user.home_branch_id}, follow=True
    )
    assert "Welcome to Classic" in answer.content.decode()
    membership = Membership.objects.get()
    assert (membership.member_id, membership.plan_id, membership.status) == (
        user.pk,
        plan.pk,
        "active",
    )
    assert Payment.objects.get().amount_minor == 4900


def test_a_plan_without_classes_says_so_wherever_it_is_named(client, user):
    PlanFactory(
        slug="gym-floor",
        name="Gym Floor",
        includes_classes=False,
        booking_window_days=21,
    )
    for path in ("/plans/", "/plans/gym-floor/"):
        html = client.get(path).content.decode()
        assert '<li class="no">No classes</li>' in html
        assert (
            "like"
            not in html.split("Gym Floor", 1)[1]
            .split("</article>")[0]
            .split("It starts today")[0]
        )
        assert "days ahead" not in html
    joined = client.post(
        "/plans/gym-floor/join/", {"branch": user.home_branch_id}, follow=True
    ).content.decode()
    assert "Book button" not in joined
    assert (
        "Come and train at any branch. It includes no classes; a class pack adds some."
        in joined
    )
    assert '<p class="figure">No classes</p>' in joined
    assert "<b>Gym Floor</b>, no classes" in client.get("/").content.decode()
    assert "<b>Gym Floor</b>, no classes" in client.get("/bookings/").content.decode()
    (kept,) = Api(user).get("/membership/").json()["items"]
    assert (kept["classes_limit"], kept["includes"]) == (None, [])


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({}, "You can book as many classes as you like, at any branch."),
        (
            {"kind": "per_period", "classes": 8},
            "You can book 8 classes a month, at any branch.",
        ),
        (
            {"kind": "per_period", "period": "week", "classes": 1},
            "You can book 1 class a week, at any branch.",
        ),
        (
            {"kind": "pack", "classes": 5, "valid_days": 90},
            "You can book 5 classes, at any branch.",
        ),
        (
            {"includes_classes": False},
            (
                "Come and train at any branch. It includes no classes; a class pack "
                "adds some."
            ),
        ),
    ],
)
def test_toast_and_notice_greet_with_what_the_terms_include(client, user, terms, said):
    plan = PlanFactory(slug="chosen", name="Chosen", **terms)
    answer = client.post(
        "/plans/chosen/join/", {"branch": user.home_branch_id}, follow=True
    )
    assert said in answer.content.decode()
    outbox.drain(now=timezone.now())
    assert Notification.objects.get(kind="enrolled", user=user).body.startswith(said)
    assert plan.memberships.get().included == plan.included


def test_a_plan_of_one_branch_greets_with_it(client, user):
    PlanFactory(slug="local", branch=user.home_branch)
    answer = client.post(
        "/plans/local/join/", {"branch": user.home_branch_id}, follow=True
    )
    assert (
        f"You can book as many classes as you like, at {user.home_branch.name}."
        in answer.content.decode()
    )


def test_a_second_membership_is_refused_in_its_place():
    member, plan = MemberFactory(), PlanFactory(slug="other")
    client = Client()
    client.force_login(member)
    assert (
        "One membership stands at a time"
        in client.get("/plans/other/").content.decode()
    )
    answer = client.post("/plans/other/join/", {"branch": member.home_branch_id})
    assert answer.status_code == 409
    assert "You have a membership already." in answer.content.decode()
    assert not plan.memberships.exists()


def test_a_pack_stands_beside_a_plan():
    member = MemberFactory()
    client = Client()
    client.force_login(member)
    PlanFactory(pack=True, slug="pack-10")
    client.post("/plans/pack-10/join/", {"branch": member.home_branch_id})
    html = client.get("/membership/").content.decode()
    assert "of 10 classes left" in html
    assert html.count('<section class="card">') == 2


@pytest.mark.parametrize("branch", ["", "999999", "x", "\x00"])
def test_a_branch_that_is_none_is_asked_for_again(client, branch):
    PlanFactory(slug="classic")
    assert client.post("/plans/classic/join/", {"branch": branch}).status_code == 422
    assert not Membership.objects.exists()


def test_a_plan_that_is_not_on_sale_is_not_there(client):
    PlanFactory(slug="retired", is_on_sale=False)
    for path in ("/plans/retired/", "/plans/nothing/"):
        assert client.get(path).status_code == 404
    assert (
        client.post("/plans/retired/join/", {"branch": BranchFactory().pk}).status_code
        == 404
    )


def test_ending_asks_first_and_says_when():
    member = MemberFactory()
    membership = member.memberships.get()
    client = Client()
    client.force_login(member)
    assert (
        "What you booked stays booked"
        in client.get(f"/membership/{membership.pk}/end/").content.decode()
    )
    assert (
        "It ends on"
        in client.post(
            f"/membership/{membership.pk}/end/now/", follow=True
        ).content.decode()
    )
    membership.refresh_from_db()
    assert membership.status == "ended"


def test_nobody_ends_somebody_elses(client):
    other = MembershipFactory()
    assert client.get(f"/membership/{other.pk}/end/").status_code == 404
    assert client.post(f"/membership/{other.pk}/end/now/").status_code == 404
    other.refresh_from_db()
    assert other.status == "active"

"""Members by month over the API, for managers."""

from datetime import UTC, datetime

import pytest
import time_machine

from gymsite.core.models import Role, User
from tests.api import Api, assert_problem
from tests.factories import (
    BranchFactory,
    MembershipFactory,
    PlanFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

ASKED = "/reports/members?first=2026-09-15&last=2026-11-30"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2026, 11, 27, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def branch():
    return BranchFactory()


def staff(role, **where):
    return Api(UserFactory(role=role, **where))


def joined(month, **given):
    user = UserFactory(**given)
    at = datetime(2026, month, 5, tzinfo=UTC)
    User.objects.filter(pk=user.pk).update(date_joined=at)
    return user


def rows(api, query=""):
    response = api.get(ASKED + query)
    assert response.status_code == 200, response.content
    return [tuple(row.values()) for row in response.json()["months"]]


def test_a_member_joins_stays_and_goes(branch):
    ada = joined(9)
    MembershipFactory(
        member=ada,
        plan=PlanFactory(),
        starts_on="2026-09-06",
        ends_on="2026-10-20",
    )
    assert rows(staff("manager")) == [
        ("2026-09-01", 1, 1, 0),
        ("2026-10-01", 0, 0, 1),
        ("2026-11-01", 0, 0, 0),
    ]


def test_each_branch_has_its_own_and_the_owner_those_without_one(branch):
    hill = BranchFactory(slug="hill")
    joined(10)
    joined(10, home_branch=hill)
    joined(10, home_branch=None)

    def october(api, query=""):
        return rows(api, query)[1][1]

    assert october(staff("manager")) == 1
    assert october(staff("manager", home_branch=hill), f"&branch={hill.pk}") == 1
    owner = staff("owner")
    assert (october(owner), october(owner, f"&branch={hill.pk}")) == (3, 1)
    assert october(staff("manager", home_branch=None)) == 0


def test_it_is_for_nobody_else(branch):
    strangers = [UserFactory(), TrainerFactory().user, UserFactory(role="front_desk")]
    for stranger in strangers:
        assert_problem(Api(stranger).get(ASKED), 403, "forbidden")
    elsewhere = staff("manager", home_branch=BranchFactory(slug="hill"))
    refused = elsewhere.get(f"{ASKED}&branch={branch.pk}")
    assert_problem(refused, 404, "not_found")
    assert_problem(Api().get(ASKED), 401, "not_logged_in")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("first=2026-11-01&last=2026-10-31", "not before the first"),
        ("first=2099-01-01&last=2099-02-01", "not before the first"),
        ("first=2023-11-30&last=2026-11-01", "36 months at most"),
        ("first=2026-13-01&last=2026-11-01", "YYYY-MM-DD"),
        ("first=0001-01-01&last=9999-12-31", "2000 to 2099"),
        ("first=2026-11-01", "required"),
        ("first=2026-11-01&last=2026-11-30&branch=x", "in digits"),
    ],
)
def test_what_cannot_be_counted_is_said(branch, query, words):
    refused = staff("manager").get(f"/reports/members?{query}")
    found = assert_problem(refused, 422, "invalid")
    assert words in str(found["errors"])


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OWNER])
def test_the_month_is_the_branchs_own(role):
    """December has begun there, and nowhere else."""
    bondi = BranchFactory(slug="bondi", time_zone="Australia/Sydney")
    with time_machine.travel(datetime(2026, 11, 30, 20, tzinfo=UTC), tick=False):
        api = staff(role, home_branch=bondi)
        answer = api.get("/reports/members?first=2026-11-01&last=2026-12-31").json()
    assert [row["month"] for row in answer["months"]] == ["2026-11-01", "2026-12-01"]

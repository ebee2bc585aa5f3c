"""Accounts by role over the API, for staff."""

import pytest

from gymsite.core.models import Role
from tests.api import Api, assert_problem
from tests.factories import BranchFactory, TrainerFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    return BranchFactory()


@pytest.fixture
def there():
    return BranchFactory(slug="hill")


def staff(role, **where):
    return Api(UserFactory(role=role, **where))


def ids(api, query):
    response = api.get(f"/users/?{query}")
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["items"]]


def test_those_of_a_role_the_newest_first_page_by_page(here):
    made = [UserFactory(role=Role.TRAINER).pk for _ in range(3)]
    UserFactory()
    desk = staff("front_desk")
    page = desk.get("/users/?role=trainer&limit=2").json()
    rest = desk.get(f"/users/?role=trainer&limit=2&cursor={page['next']}").json()
    found = page["items"] + rest["items"]
    assert [row["id"] for row in found] == made[::-1]
    assert rest["next"] is None
    assert {row["role"] for row in found} == {"trainer"}
    assert set(found[0]) == set(desk.get("/users/user/").json())


def test_closed_accounts_are_asked_for_by_themselves(here):
    open_one, closed = UserFactory(), UserFactory(is_active=False)
    desk = staff("front_desk")
    assert ids(desk, "role=member") == [open_one.pk]
    assert ids(desk, "role=member&active=false") == [closed.pk]


def test_staff_see_their_branch_and_the_owner_everybody(here, there):
    ours = UserFactory().pk
    theirs = UserFactory(home_branch=there).pk
    nobodys = UserFactory(home_branch=None).pk
    for role in ("front_desk", "manager"):
        assert ids(staff(role), "role=member") == [ours]
        away = staff(role, home_branch=there)
        assert ids(away, f"role=member&branch={there.pk}") == [theirs]
        refused = away.get(f"/users/?role=member&branch={here.pk}")
        assert_problem(refused, 404, "not_found")
        assert ids(staff(role, home_branch=None), "role=member") == []
    owner = staff("owner")
    assert ids(owner, "role=member") == [nobodys, theirs, ours]
    assert ids(owner, f"role=member&branch={there.pk}") == [theirs]


def test_it_is_for_nobody_else(here):
    for stranger in (UserFactory(), TrainerFactory().user):
        refused = Api(stranger).get("/users/?role=member")
        assert_problem(refused, 403, "forbidden")
    assert_problem(Api().get("/users/?role=member"), 401, "not_logged_in")


@pytest.mark.parametrize(
    "query",
    ["", "role=", "role=king", "role=member&active=perhaps", "role=member&branch=0"],
)
def test_what_is_not_asked_for_rightly(here, query):
    assert_problem(staff("owner").get(f"/users/?{query}"), 422, "invalid")

"""The table of what each role may do, and that the admin does what it says."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.core.management import call_command
from django.test import RequestFactory
from django.utils import timezone

from gymsite.backoffice import roles
from gymsite.core.models import Role, User
from gymsite.core.operations.users import change_role
from tests.admin_rows import a_bit_of_everything
from tests.factories import BranchFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def in_docs(project):
    """{model: (front desk, manager, owner)} as docs/staff.md prints it."""
    rows = re.findall(
        r"^\| `([a-z.]+)` \|([^|]*)\|([^|]*)\|([^|]*)\|$",
        (project / "docs/staff.md").read_text(),
        re.M,
    )
    return {label: tuple(cell.strip() for cell in cells) for label, *cells in rows}


def test_the_docs_print_the_table(project):
    assert in_docs(project) == roles.TABLE


@pytest.mark.parametrize("role", Role)
def test_the_admin_allows_what_the_table_says(role):
    request = RequestFactory().get("/admin/")
    request.user = UserFactory(role=role)
    for model, model_admin in admin.site._registry.items():
        allowed = roles.verbs(role, model._meta.label_lower)
        asked = {
            "view": model_admin.has_view_permission(request) and "view",
            "add": model_admin.has_add_permission(request) and "add",
            "change": model_admin.has_change_permission(request) and "change",
            "delete": model_admin.has_delete_permission(request) and "delete",
        }
        assert {verb for verb, answer in asked.items() if answer} == allowed & {
            "view",
            "add",
            "change",
            "delete",
        }, model
        row_actions = {action.name for action in model_admin.allowed_actions(request)}
        assert (
            row_actions == {action.name for action in model_admin.row_actions} & allowed
        ), model


def test_every_verb_of_the_table_is_there():
    """A verb that no page offers would be a promise that nobody keeps."""
    for model, model_admin in admin.site._registry.items():
        offered = {action.name for action in model_admin.row_actions} | {
            "view",
            "add",
            "change",
            "delete",
            "why",
            "plan",
            "report",
            "export",
        }
        named = {
            verb
            for step in roles.TABLE[model._meta.label_lower]
            for verb in step.split()
        }
        assert named <= offered, model


def test_a_role_costs_no_query(django_assert_num_queries):
    user = UserFactory(role=Role.FRONT_DESK)
    with django_assert_num_queries(0):
        assert user.has_perm("bookings.cancel_booking")
        assert not user.has_perm("bookings.cancel_classsession")
        assert user.has_module_perms("bookings")
        assert not MemberFactory.build().has_perm("core.view_user")


def test_a_closed_account_may_nothing():
    user = UserFactory(role=Role.OWNER, is_active=False)
    assert not user.has_perm("core.view_user")


@pytest.fixture
def here_and_there():
    return BranchFactory(), BranchFactory(slug="hill", name="Hill")


def test_staff_see_their_branch_and_the_owner_all(client, here_and_there):
    here, there = here_and_there
    mine, other = MemberFactory(home_branch=here), MemberFactory(home_branch=there)
    client.force_login(UserFactory(role=Role.FRONT_DESK, home_branch=here))
    listed = client.get("/admin/core/user/").content.decode()
    assert mine.email in listed
    assert other.email not in listed
    assert client.get(f"/admin/core/user/{other.pk}/change/").status_code == 302
    assert client.get(f"/admin/core/user/do/pin/?ids={other.pk}").status_code == 302
    client.force_login(UserFactory(role=Role.OWNER, home_branch=here))
    assert other.email in client.get("/admin/core/user/").content.decode()


def test_staff_without_a_branch_see_nobody_elses(client, here_and_there):
    here, _ = here_and_there
    member = MemberFactory(home_branch=here)
    client.force_login(UserFactory(role=Role.MANAGER, home_branch=None))
    assert member.email not in client.get("/admin/core/user/").content.decode()
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("actor", "target", "may"),
    [
        (Role.FRONT_DESK, Role.MEMBER, True),
        (Role.FRONT_DESK, Role.FRONT_DESK, False),
        (Role.FRONT_DESK, Role.OWNER, False),
        (Role.MANAGER, Role.FRONT_DESK, True),
        (Role.MANAGER, Role.MANAGER, False),
        (Role.OWNER, Role.MANAGER, True),
        (Role.OWNER, Role.OWNER, False),
    ],
)
def test_nobody_changes_a_peer_or_a_superior(client, actor, target, may):
    client.force_login(UserFactory(role=actor))
    person = UserFactory(role=target)
    answer = client.post(
        f"/admin/core/user/do/pin/?ids={person.pk}",
        {"pin": "183046", "seen": seen(client, "pin", person)},
    )
    person.refresh_from_db()
    assert bool(person.pin_hash) is may
    assert answer.status_code == (302 if may else 422)


def test_nobody_gives_more_than_they_have(client):
    client.force_login(UserFactory(role=Role.MANAGER))
    person = MemberFactory()
    for wanted, given in (
        (Role.OWNER, Role.MEMBER),
        (Role.FRONT_DESK, Role.FRONT_DESK),
    ):
        data = {
            "role": wanted,
            "reason": "joins us",
            "seen": seen(client, "role", person),
        }
        client.post(f"/admin/core/user/do/role/?ids={person.pk}", data)
        person.refresh_from_db()
        assert person.role == given
    assert person.is_staff


def seen(client, action, row):
    page = client.get(f"/admin/core/user/do/{action}/?ids={row.pk}").content.decode()
    return re.search(r'name="seen" value="(\w+)"', page)[1]


def made_by_createsuperuser():
    call_command(
        "createsuperuser", "--noinput", username="olga", email="olga@example.com"
    )
    return User.objects.get(username="olga")


def made_by_a_change_of_role():
    user = UserFactory()
    change_role(
        user_id=user.pk,
        role=Role.OWNER,
        actor_id=UserFactory().pk,
        reason="Sold",
        now=timezone.now(),
    )
    user.refresh_from_db()
    return user


@pytest.mark.parametrize("made", [made_by_createsuperuser, made_by_a_change_of_role])
def test_an_owner_is_asked_the_table_like_everybody(made):
    owner = made()
    assert (owner.role, owner.is_staff, owner.is_superuser) == (Role.OWNER, True, False)
    assert owner.has_perm("core.change_brand")
    assert not owner.has_perm("core.delete_brand")
    assert not owner.has_perm("memberships.change_membership")


def test_a_demoted_owner_keeps_nothing():
    owner = made_by_createsuperuser()
    change_role(
        user_id=owner.pk,
        role=Role.MEMBER,
        actor_id=UserFactory().pk,
        reason="Sold",
        now=timezone.now(),
    )
    owner = User.objects.get(pk=owner.pk)
    assert not owner.has_perm("core.view_user")


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.MANAGER, Role.OWNER])
def test_each_address_of_the_admin_answers_as_the_table_says(client, role):
    staff = UserFactory(role=role)
    a_bit_of_everything(staff)
    client.force_login(staff)
    for model in admin.site._registry:
        check_addresses(client, model, roles.verbs(role, model._meta.label_lower))


def check_addresses(client, model, may):
    pages = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    row = model._base_manager.order_by("-pk").first()
    one = f"{pages}{quote(row.pk)}/"
    opened = client.get(pages)
    assert opened.status_code == (200 if may else 403), model
    assert len(opened.content) < 100_000, model
    for answer in (client.get(f"{pages}add/"), client.post(f"{pages}add/", {})):
        assert answer.status_code == (200 if "add" in may else 403), model
    # a row of another branch is not there (302); a peer's account can only be looked at
    # (403)
    assert client.post(f"{one}change/", {}).status_code in (
        (200, 302, 403) if "change" in may else (302, 403)
    ), model
    for answer in (
        client.get(f"{one}delete/"),
        client.post(f"{one}delete/", {"post": "yes"}),
    ):
        assert answer.status_code in (302, 403), model
    assert model._base_manager.filter(pk=row.pk).exists(), model

"""Every page of the admin opens, counts nothing, and survives odd input."""

import itertools

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import reverse

from gymsite.backoffice import roles
from gymsite.core.models import Role
from tests.admin_rows import a_bit_of_everything
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
ODD = [
    "x" * 10_000,
    "a\0b",
    "'\"; DROP TABLE core_user; --%_\\",
    "‮😀",
    "10000017",
    "1e9",
    "-",
]


def address(model, page, *args):
    return reverse(
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args
    )


def test_every_model_of_ours_has_a_page():
    labels = {model._meta.label_lower for model in MODELS}
    inline = {"core.branchhours", "catalog.productpicture"}
    assert labels == set(roles.TABLE) - inline


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_every_page_of_a_model_opens_and_nothing_is_counted(
    client, owner, model, django_assert_max_num_queries
):
    a_bit_of_everything(owner)
    row = model._base_manager.first()
    assert row is not None, "tests.admin_rows makes a row of every model"
    with django_assert_max_num_queries(12) as queries:
        assert client.get(address(model, "changelist")).status_code == 200
    counted = [
        query["sql"]
        for query in queries.captured_queries
        if "COUNT(" in query["sql"].upper()
    ]
    assert counted == []
    assert client.get(address(model, "change", quote(row.pk))).status_code == 200
    assert client.get(address(model, "history", quote(row.pk))).status_code == 200
    assert client.get(address(model, "add")).status_code in (200, 403)
    assert client.get(address(model, "delete", quote(row.pk))).status_code == 403


def test_odd_input_is_answered(client, owner):
    a_bit_of_everything(owner)
    names = (
        "o",
        "branch",
        "when",
        "needs",
        "state",
        "status__exact",
        "member__id__exact",
        "nonsense",
    )
    for model in MODELS:
        for text in ODD:
            answers = [
                client.get(address(model, "changelist"), {"q": text}, follow=True),
                client.get(address(model, "changelist"), {"p": text}, follow=True),
                client.get(address(model, "change", quote(text[:200])), follow=True),
                client.get(address(model, "history", quote(text[:200])), follow=True),
            ]
            assert {answer.status_code for answer in answers} <= {200, 400, 404}
        for name, text in itertools.product(names, ODD[-3:-1]):
            assert client.get(
                address(model, "changelist"), {name: text}, follow=True
            ).status_code in (200, 400)


def test_nobody_else_gets_in(client):
    for user in (UserFactory(role=Role.MEMBER), UserFactory(role=Role.TRAINER), None):
        client.force_login(user) if user else client.logout()
        for model in MODELS:
            answer = client.get(address(model, "changelist"))
            assert answer.status_code == 302 and "/admin/login/" in answer["Location"]


def test_the_log_in_is_that_of_the_site(client):
    """So the admin has the site's rate limits, one-time codes and passkeys."""
    assert client.get(reverse("admin:login"))["Location"].startswith("/account/login/")
    client.force_login(UserFactory())
    assert client.get(reverse("admin:login")).status_code == 403

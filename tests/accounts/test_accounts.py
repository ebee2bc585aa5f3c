"""Signing up on a page makes the same account and the same event as over the API."""

import pytest
from django.test import Client

from gymsite.core.models import Event, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
TYPED = {
    "first_name": "Maya",
    "email": "Maya@Example.com",
    "password1": "quiet-otter-climbs-7",
}


def test_signing_up_makes_a_member_and_records_it():
    assert Client().post("/account/signup/", TYPED).status_code == 302
    user = User.objects.get()
    assert (user.username, user.first_name, user.role, user.is_staff) == (
        "maya",
        "Maya",
        "member",
        False,
    )
    assert list(Event.objects.values_list("kind", "member_id")) == [
        ("registered", user.pk)
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("first_name", "a\x00b"),
        ("first_name", "x" * 151),
        ("password1", "12345678"),
        ("email", ""),
    ],
)
def test_what_cannot_be_is_said_at_its_field(field, value):
    answer = Client().post("/account/signup/", TYPED | {field: value})
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not User.objects.exists()


def test_who_has_the_name_of_somebody_else_gets_another():
    UserFactory(username="Maya", email="other@example.com")
    assert Client().post("/account/signup/", TYPED).status_code == 302
    assert User.objects.get(email="maya@example.com").username.startswith("maya")


def test_an_address_that_has_an_account_makes_no_second_one():
    UserFactory(email="maya@example.com")
    Client().post("/account/signup/", TYPED)
    assert User.objects.count() == 1

"""The one search box."""

import pytest
from django.db import connection

from gymsite.core.models import User
from gymsite.core.queries import users
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    UserFactory(first_name="Grace", last_name="Hopper", phone="+44 20 7946 0111")
    return UserFactory(
        first_name="Ada",
        last_name="Lovelace von Ng",
        email="ada@analytical.example",
        username="countess",
        phone="+44 20 7946 0958",
    )


@pytest.mark.parametrize(
    "text",
    [
        "lovelace",
        "LOVE ada",
        "Ada K. Lovelace",
        "ada k lovelace",
        "ada@analytical.example",
        "ADA@ANALYTICAL.EXAMPLE",
        "analytical",
        "7946 0958",
        " 0958 ",
        "lo",
        "ada vo",
        "count",
    ],
)
def test_a_person_is_found(ada, text):
    assert list(users.find(User.objects.all(), text)) == [ada]


def test_a_member_number_finds_its_person_alone(ada):
    number = ada.member_number
    assert list(users.find(User.objects.all(), f" {number[:4]} {number[4:]} ")) == [ada]
    assert ada in users.find(User.objects.all(), number[:7])


@pytest.mark.parametrize(
    "text",
    ["", " ", "\0", "hopper ada", "@", "%", "_da", "x" * 5000, "+44 20 7946 0959"],
)
def test_nobody_else_is_found(ada, text):
    assert not users.find(User.objects.all(), text).exists()


def test_a_search_goes_by_the_index(ada):
    """A plan without sequential scans shows whether the index can answer.

    The test forbids those scans.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"
        )
    for text in ("lovelace", "ada lovelace", "lo", "0958"):
        plan = users.find(User.objects.all(), text).order_by().explain()
        assert "core_user_search" in plan and "Seq Scan" not in plan

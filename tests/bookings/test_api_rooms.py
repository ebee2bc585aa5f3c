"""Rooms over the API: one path for a number and for a weekday."""

from datetime import time

import pytest

from tests.api import Api, assert_problem
from tests.factories import GymClassFactory, RoomFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return Api(UserFactory())


def test_rooms_in_use_by_number(api):
    (
        RoomFactory(number=12),
        RoomFactory(number=3),
        RoomFactory(number=7, is_active=False),
    )
    found = api.get("/rooms").json()
    assert [row["number"] for row in found["items"]] == [3, 12]
    assert set(found["items"][0]) == {
        "number",
        "name",
        "branch",
        "kind",
        "capacity",
        "equipment",
    }
    page = api.get("/rooms?limit=1").json()
    assert [
        row["number"]
        for row in api.get(f"/rooms?limit=1&cursor={page['next']}").json()["items"]
    ] == [12]


def test_a_number_gives_the_room(api):
    RoomFactory(number=12, equipment=["mats", "bolsters"])
    assert api.get("/rooms/12").json()["equipment"] == ["mats", "bolsters"]
    assert_problem(api.get("/rooms/13"), 404, "not_found")
    RoomFactory(number=7, is_active=False)
    assert_problem(api.get("/rooms/7"), 404, "not_found")


def test_a_weekday_gives_the_use_of_each_room(api):
    busy, idle = RoomFactory(number=1), RoomFactory(number=2)
    evening = GymClassFactory(room=busy, weekday=1, starts=time(18), name="Late")
    GymClassFactory(
        room=busy, weekday=1, starts=time(7), name="Early", trainer=evening.trainer
    )
    GymClassFactory(room=busy, weekday=2, name="Wednesday's")
    GymClassFactory(room=busy, weekday=1, starts=time(12), status="ended")
    found = api.get("/rooms/Tuesday").json()
    assert [(row["number"], len(row["classes"])) for row in found["items"]] == [
        (1, 2),
        (idle.number, 0),
    ]
    assert [
        (slot["name"], slot["starts"], slot["minutes"])
        for slot in found["items"][0]["classes"]
    ] == [
        ("Early", "07:00", 60),
        ("Late", "18:00", 60),
    ]


@pytest.mark.parametrize(
    "what", ["someday", "-1", "12.5", str(2**31), "9" * 100, "%00", "montag"]
)
def test_what_is_neither_is_said_to_be(api, what):
    assert_problem(api.get(f"/rooms/{what}"), 422, "invalid")

"""Coming in, and visits, over the API."""

import uuid
from datetime import timedelta

import pytest

from bookings.models import Booking, CheckIn
from bookings.operations.bookings import book_session
from bookings.operations.checkins import check_in
from tests.api import Api, assert_problem
from tests.factories import BranchFactory, MemberFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_member_comes_in(now):
    member = MemberFactory()
    response = Api(member).post(f"/checkins/{member.pk}/checkin", {})
    assert response.status_code == 201, response.content
    checkin = CheckIn.objects.get()
    assert response.json() == {
        "id": checkin.pk,
        "at": checkin.at.astimezone(checkin.branch.zone).isoformat(),
        "branch": "Riverside",
        "method": "api",
        "booking": None,
        "repeated": False,
    }


def test_the_booking_around_now_is_attended(now, time_machine):
    member, session = MemberFactory(), SessionFactory()
    booking = book_session(session_id=session.pk, member_id=member.pk, now=now)
    time_machine.move_to(session.starts_at - timedelta(minutes=10))
    found = (
        Api(member)
        .post(f"/checkins/{member.pk}/checkin", {"branch_id": session.branch_id})
        .json()
    )
    assert found["booking"] == booking.reference
    assert Booking.objects.get().status == "attended"


def test_a_scan_that_comes_twice_is_one_visit(now):
    member, body = MemberFactory(), {"nonce": str(uuid.uuid4())}
    first = Api(member).post(f"/checkins/{member.pk}/checkin", body).json()
    second = Api(member).post(f"/checkins/{member.pk}/checkin", body).json()
    assert second == first | {"repeated": True}
    assert CheckIn.objects.count() == 1
    other = MemberFactory()
    assert (
        "nonce"
        in assert_problem(
            Api(other).post(f"/checkins/{other.pk}/checkin", body), 422, "invalid"
        )["errors"]
    )


def test_without_membership_or_booking_the_door_stays_shut():
    member = UserFactory()
    assert_problem(
        Api(member).post(f"/checkins/{member.pk}/checkin", {}), 403, "checkin_refused"
    )
    assert not CheckIn.objects.exists()


def test_staff_let_people_in_at_their_branch_only():
    member, hill = MemberFactory(), BranchFactory(slug="hill")
    desk, far = (
        UserFactory(role="front_desk"),
        UserFactory(role="front_desk", home_branch=hill),
    )
    path = f"/checkins/{member.pk}/checkin"
    assert Api(desk).post(path, {}).json()["method"] == "desk"
    # a member of another branch who visits theirs
    assert Api(far).post(path, {}).status_code == 201
    assert_problem(Api(desk).post(path, {"branch_id": hill.pk}), 404, "not_found")
    assert_problem(Api(MemberFactory()).post(path, {}), 404, "not_found")
    assert_problem(Api(UserFactory(role="trainer")).post(path, {}), 404, "not_found")
    assert_problem(
        Api(UserFactory(role="owner", home_branch=None)).post(path, {}), 422, "invalid"
    )
    assert_problem(Api(desk).post("/checkins/99999999/checkin", {}), 404, "not_found")


def test_visits_newest_first_by_pages(now):
    member = MemberFactory()
    for days in (3, 2, 1):
        check_in(
            member_id=member.pk,
            branch_id=member.home_branch_id,
            method="desk",
            now=now - timedelta(days=days),
        )
    api = Api(member)
    first = api.get(f"/checkins/{member.pk}?limit=2").json()
    second = api.get(f"/checkins/{member.pk}?limit=2&cursor={first['next']}").json()
    times = [row["at"] for row in first["items"] + second["items"]]
    assert len(times) == 3
    assert times == sorted(times, reverse=True)
    assert second["next"] is None
    assert set(first["items"][0]) == {"id", "at", "branch", "method", "booking"}


def test_who_sees_whose_visits(now):
    member, hill = MemberFactory(), BranchFactory(slug="hill")
    for branch_id in (member.home_branch_id, hill.pk):
        check_in(member_id=member.pk, branch_id=branch_id, method="desk", now=now)
    seen = [
        (member, 2),
        (UserFactory(role="owner"), 2),
        (UserFactory(role="front_desk"), 1),
        (UserFactory(role="manager", home_branch=hill), 1),
    ]
    for viewer, count in seen:
        assert (
            len(Api(viewer).get(f"/checkins/{member.pk}").json()["items"]) == count
        ), viewer.role
    dale = BranchFactory(slug="dale")
    for viewer in (
        MemberFactory(),
        UserFactory(role="trainer"),
        UserFactory(role="front_desk", home_branch=dale),
    ):
        assert_problem(Api(viewer).get(f"/checkins/{member.pk}"), 404, "not_found")

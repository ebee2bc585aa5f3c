"""Booking, cancelling and waiting over the API."""

from datetime import timedelta

import pytest

from bookings.models import Booking, WaitlistEntry
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.sessions import cancel_session
from bookings.operations.waitlist import join_waitlist
from gymsite.core.models import Event
from memberships.models import Membership
from tests.api import Api, assert_problem
from tests.factories import BranchFactory, MemberFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory(username="ada")


@pytest.fixture
def api(member):
    return Api(member)


def fill(session, now):
    for _ in range(session.capacity):
        book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)


def test_booking_takes_a_place(api, member):
    session = SessionFactory()
    response = api.post("/bookings/book", {"session_id": session.pk})
    assert response.status_code == 201, response.content
    booking = Booking.objects.get()
    assert response.json() == {
        "id": booking.pk,
        "session_id": session.pk,
        "status": "booked",
        "reference": booking.reference,
    }
    assert (booking.member_id, booking.source) == (member.pk, "api")


def test_booking_again_and_booking_a_full_session_are_409(api, now):
    session = SessionFactory(gym_class__capacity=1)
    assert api.post("/bookings/book", {"session_id": session.pk}).status_code == 201
    assert_problem(
        api.post("/bookings/book", {"session_id": session.pk}), 409, "already_booked"
    )
    found = assert_problem(
        Api(MemberFactory()).post("/bookings/book", {"session_id": session.pk}),
        409,
        "session_full",
    )
    assert (found["capacity"], found["waitlist_length"]) == (1, 0)
    assert "Join the waitlist" in found["detail"]
    assert Booking.objects.count() == 1


def test_each_rule_that_says_no_has_its_code(now):
    far = SessionFactory(session_date=now.date() + timedelta(days=40))
    past = SessionFactory(session_date=now.date() - timedelta(days=3))
    called_off = SessionFactory()
    cancel_session(
        session_id=called_off.pk, actor_id=UserFactory().pk, reason="", now=now
    )
    frozen, ended, nobody = MemberFactory(), MemberFactory(), UserFactory()
    Membership.objects.filter(member=frozen).update(status="frozen")
    Membership.objects.filter(member=ended).update(ends_on=now.date())
    expected = [
        (MemberFactory(), far, 409, "booking_not_open"),
        (MemberFactory(), past, 409, "session_started"),
        (MemberFactory(), called_off, 409, "session_cancelled"),
        (frozen, SessionFactory(), 403, "membership_frozen"),
        (ended, SessionFactory(), 403, "membership_dates"),
        (nobody, SessionFactory(), 403, "membership_required"),
    ]
    for who, session, status, code in expected:
        assert_problem(
            Api(who).post("/bookings/book", {"session_id": session.pk}), status, code
        )
    assert not Booking.objects.exists()


def test_an_unknown_session_is_404(api):
    for path in ("/bookings/book",):
        assert_problem(
            api.post(path, {"session_id": 2**63 - 1}), 404, "session_not_found"
        )
    assert_problem(
        api.delete(f"/bookings/{2**63 - 1}/cancel"), 404, "booking_not_found"
    )
    assert_problem(api.get("/bookings/77/waitlist"), 404, "session_not_found")
    assert_problem(api.post("/bookings/77/waitlist/join"), 404, "session_not_found")


def test_cancelling_frees_the_place_and_a_double_click_changes_nothing_more(api):
    session = SessionFactory()
    api.post("/bookings/book", {"session_id": session.pk})
    for _ in range(2):
        response = api.delete(f"/bookings/{session.pk}/cancel")
        assert (response.status_code, response.json()) == (
            200,
            {"status": "cancelled", "late": False},
        )
    session.refresh_from_db()
    assert session.booked_count == 0
    assert Event.objects.filter(kind="cancelled").count() == 1


def test_cancelling_promotes_the_first_in_line(now):
    session = SessionFactory(gym_class__capacity=1)
    holder, first = MemberFactory(), MemberFactory()
    book_session(session_id=session.pk, member_id=holder.pk, now=now)
    join_waitlist(session_id=session.pk, member_id=first.pk, now=now)
    assert Api(holder).delete(f"/bookings/{session.pk}/cancel").status_code == 200
    assert Booking.objects.get(status="booked").member_id == first.pk


def test_a_started_session_and_somebody_elses_place_can_not_be_cancelled(api, now):
    session = SessionFactory()
    other = MemberFactory()
    book_session(session_id=session.pk, member_id=other.pk, now=now)
    assert_problem(
        api.delete(f"/bookings/{session.pk}/cancel"), 404, "booking_not_found"
    )
    assert Booking.objects.get().status == "booked"


def test_joining_says_the_place_in_line(now):
    session = SessionFactory(gym_class__capacity=1)
    member = MemberFactory()
    assert_problem(
        Api(member).post(f"/bookings/{session.pk}/waitlist/join"), 409, "places_free"
    )
    fill(session, now)
    response = Api(member).post(f"/bookings/{session.pk}/waitlist/join")
    assert (response.status_code, response.json()) == (
        201,
        {"position": 1, "length": 1},
    )
    second = Api(MemberFactory()).post(f"/bookings/{session.pk}/waitlist/join")
    assert second.json() == {"position": 2, "length": 2}
    assert_problem(
        Api(member).post(f"/bookings/{session.pk}/waitlist/join"),
        409,
        "already_waiting",
    )
    assert WaitlistEntry.objects.count() == 2


def test_members_see_their_own_turn_and_staff_see_who_waits(now):
    session = SessionFactory(gym_class__capacity=1)
    fill(session, now)
    waiting = [MemberFactory() for _ in range(3)]
    for member in waiting:
        join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    path = f"/bookings/{session.pk}/waitlist"
    assert Api(waiting[1]).get(path).json() == {"length": 3, "position": 2}
    assert Api(UserFactory()).get(path).json() == {"length": 3, "position": None}
    far = UserFactory(role="front_desk", home_branch=BranchFactory(slug="hill"))
    assert "entries" not in Api(far).get(path).json()
    for staff in (
        UserFactory(role="front_desk"),
        UserFactory(role="owner"),
        session.trainer.user,
    ):
        found = Api(staff).get(f"{path}?limit=2").json()
        assert [(turn["position"], turn["member_id"]) for turn in found["entries"]] == [
            (1, waiting[0].pk),
            (2, waiting[1].pk),
        ]
        rest = Api(staff).get(f"{path}?limit=2&cursor={found['next']}").json()
        assert [(turn["position"], turn["member_id"]) for turn in rest["entries"]] == [
            (3, waiting[2].pk)
        ]
        assert rest["next"] is None


def test_positions_are_ranks_among_those_who_still_wait(now):
    session = SessionFactory(gym_class__capacity=1)
    booking = book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    first, second = MemberFactory(), MemberFactory()
    for member in (first, second):
        join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    cancel_booking(booking_id=booking.pk, actor_id=first.pk, now=now)
    assert Api(second).get(f"/bookings/{session.pk}/waitlist").json() == {
        "length": 1,
        "position": 1,
    }


def test_somebodys_bookings_by_pages_in_their_branchs_time(api, member, now):
    branch = BranchFactory(slug="kolkata", name="Kolkata", time_zone="Asia/Kolkata")
    booked = []
    for days in (2, 3, 4):
        session = SessionFactory(
            gym_class__branch=branch, session_date=now.date() + timedelta(days=days)
        )
        booked.append(
            book_session(session_id=session.pk, member_id=member.pk, now=now).reference
        )
    first = api.get("/bookings/ADA?limit=2").json()
    second = api.get(f"/bookings/ada?limit=2&cursor={first['next']}").json()
    assert [row["reference"] for row in first["items"] + second["items"]] == booked[
        ::-1
    ]
    assert second["next"] is None
    row = second["items"][0]
    assert row["starts_at"].endswith("T18:00:00+05:30")
    assert set(row) == {
        *(
            "id",
            "reference",
            "session_id",
            "status",
            "name",
            "trainer",
            "room",
            "branch",
            "starts_at",
            "ends_at",
        ),
        *("booked_at", "free_until", "cancelled_at"),
    }


def test_who_sees_whose_bookings(member, now):
    session = SessionFactory()
    book_session(session_id=session.pk, member_id=member.pk, now=now)
    elsewhere = SessionFactory(
        gym_class__branch=BranchFactory(slug="hill"),
        session_date=now.date() + timedelta(days=3),
    )
    book_session(session_id=elsewhere.pk, member_id=member.pk, now=now)
    seen = {
        member: 2,
        UserFactory(role="owner", home_branch=None): 2,
        UserFactory(role="front_desk"): 1,
        UserFactory(role="manager", home_branch=elsewhere.branch): 1,
        session.trainer.user: 1,
    }
    for viewer, count in seen.items():
        assert len(Api(viewer).get("/bookings/ada").json()["items"]) == count, (
            viewer.role
        )
    strangers = [
        MemberFactory(),
        UserFactory(role="trainer"),
        UserFactory(role="front_desk", home_branch=BranchFactory(slug="dale")),
        UserFactory(role="front_desk", home_branch=None),
    ]
    for viewer in strangers:
        assert_problem(Api(viewer).get("/bookings/ada"), 404, "not_found")

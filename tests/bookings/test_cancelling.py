"""When a place is given back: to the instant, whose it is, what is written of it, and
what comes back."""

from datetime import timedelta

import pytest

from bookings import errors
from bookings.models import Booking
from bookings.operations.bookings import (
    book_session,
    cancel_booking,
    cancel_session_booking,
)
from bookings.operations.sessions import cancel_session
from bookings.operations.waitlist import close_lines, join_waitlist, leave_waitlist
from gymsite.core.models import Event
from memberships.models import Allowance
from tests.factories import (
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

INSTANT = timedelta(microseconds=1)


@pytest.fixture
def booking(now):
    """Of a member with eight classes a month."""
    member = UserFactory()
    MembershipFactory(member=member, plan=PlanFactory(per_period=True))
    return book_session(session_id=SessionFactory().pk, member_id=member.pk, now=now)


def by_member(booking, at, **values):
    member = booking.member_id
    return cancel_booking(
        booking_id=booking.pk, member_id=member, actor_id=member, now=at, **values
    )


@pytest.mark.parametrize(
    ("after", "status", "used", "kind"),
    [
        (timedelta(), "cancelled", 0, "cancelled"),
        (INSTANT, "late_cancelled", 1, "late_cancelled"),
    ],
)
def test_the_last_free_instant_is_the_cutoff_itself(booking, after, status, used, kind):
    ended = by_member(booking, booking.free_until + after)
    assert (ended.status, Allowance.objects.get().used) == (status, used)
    assert Event.objects.latest("id").kind == kind


def test_staff_give_the_class_back_at_any_time(booking):
    ended = cancel_booking(
        booking_id=booking.pk,
        actor_id=UserFactory().pk,
        now=booking.starts_at + timedelta(hours=1),
    )
    assert (ended.status, Allowance.objects.get().used) == ("cancelled", 0)
    assert Event.objects.latest("id").data["by"] == "staff"


def test_it_is_written_when_why_and_by_whom_and_the_calendar_sees_a_change(
    booking, now
):
    by_member(booking, now, reason="x" * 201)
    booking.refresh_from_db()
    assert (booking.cancelled_at, booking.cancel_reason, booking.sequence) == (
        now,
        "x" * 200,
        1,
    )
    event = Event.objects.latest("id")
    assert (event.kind, event.at, event.actor_id, event.member_id) == (
        "cancelled",
        now,
        booking.member_id,
        booking.member_id,
    )
    assert (event.branch_id, event.data["session"], event.data["by"]) == (
        booking.branch_id,
        booking.session_id,
        "member",
    )


def test_a_place_is_ones_own(booking, now):
    stranger = MemberFactory().pk
    with pytest.raises(errors.BookingNotFound):
        cancel_booking(
            booking_id=booking.pk, member_id=stranger, actor_id=stranger, now=now
        )
    with pytest.raises(errors.BookingNotFound):
        cancel_session_booking(
            session_id=booking.session_id, member_id=stranger, now=now
        )
    booking.refresh_from_db()
    assert booking.status == "booked"


def test_a_place_that_was_given_back_before_is_shown_as_it_ended(booking, now):
    again = book_session(
        session_id=SessionFactory().pk, member_id=MemberFactory().pk, now=now
    )
    first = cancel_session_booking(
        session_id=booking.session_id, member_id=booking.member_id, now=now
    )
    for _ in range(2):
        repeated = cancel_session_booking(
            session_id=booking.session_id, member_id=booking.member_id, now=now
        )
        assert (repeated.pk, repeated.status) == (first.pk, "cancelled")
    assert Event.objects.filter(kind="cancelled").count() == 1
    again.refresh_from_db()
    assert again.status == "booked"


def test_of_several_sessions_the_one_that_is_named_is_given_back(booking, now):
    member = booking.member_id
    others = [
        book_session(
            session_id=SessionFactory(
                session_date=booking.session.session_date + timedelta(days=days)
            ).pk,
            member_id=member,
            now=now,
        )
        for days in (1, 2)
    ]
    for _ in range(2):
        given = cancel_session_booking(
            session_id=others[0].session_id, member_id=member, now=now
        )
        assert given.pk == others[0].pk
    assert dict(Booking.objects.values_list("pk", "status")) == {
        booking.pk: "booked",
        others[0].pk: "cancelled",
        others[1].pk: "booked",
    }


def test_of_several_that_ended_the_last_one_is_shown(booking, now):
    by_member(booking, now)
    last = book_session(
        session_id=booking.session_id, member_id=booking.member_id, now=now
    )
    by_member(last, now)
    shown = cancel_session_booking(
        session_id=booking.session_id, member_id=booking.member_id, now=now
    )
    assert shown.pk == last.pk


def test_calling_a_session_off_says_why_in_what_a_page_can_hold(booking, now):
    cancel_session(
        session_id=booking.session_id,
        actor_id=UserFactory().pk,
        reason="x" * 300,
        now=now,
    )
    booking.refresh_from_db()
    assert (booking.session.cancel_reason, booking.cancel_reason) == (
        "x" * 200,
        "x" * 200,
    )
    assert (booking.session.cancelled_at, booking.cancelled_at) == (now, now)


@pytest.fixture
def waiting(now):
    """Somebody with one class a month who waits for a session."""
    session, member = SessionFactory(gym_class__capacity=1), UserFactory()
    book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    MembershipFactory(member=member, plan=PlanFactory(per_period=True, classes=1))
    return join_waitlist(session_id=session.pk, member_id=member.pk, now=now)


@pytest.mark.parametrize(
    ("after_start", "closed"),
    [
        (-INSTANT, 0),
        (timedelta(), 1),
        (timedelta(days=7) - INSTANT, 1),
        (timedelta(days=7), 0),
    ],
)
def test_lines_are_closed_from_the_start_on_and_looked_for_a_week_back(
    waiting, after_start, closed
):
    assert close_lines(now=waiting.starts_at + after_start) == closed
    waiting.refresh_from_db()
    assert waiting.status == ("closed" if closed else "waiting")
    assert Allowance.objects.get().used == 1 - closed


def test_who_leaves_a_line_leaves_that_one_only(waiting, now):
    other = SessionFactory(
        gym_class__capacity=1, session_date=now.date() + timedelta(days=3)
    )
    book_session(session_id=other.pk, member_id=MemberFactory().pk, now=now)
    neighbour = MemberFactory()
    mine = [
        join_waitlist(session_id=pk, member_id=neighbour.pk, now=now)
        for pk in (waiting.session_id, other.pk)
    ]
    leave_waitlist(session_id=waiting.session_id, member_id=neighbour.pk, now=now)
    statuses = []
    for entry in (waiting, *mine):
        entry.refresh_from_db()
        statuses.append((entry.status, entry.ended_at))
    assert statuses == [("waiting", None), ("left", now), ("waiting", None)]
    event = Event.objects.latest("id")
    assert (event.kind, event.actor_id, event.member_id) == (
        "left_waitlist",
        neighbour.pk,
        neighbour.pk,
    )
    with pytest.raises(errors.NotWaiting):
        leave_waitlist(session_id=waiting.session_id, member_id=neighbour.pk, now=now)
    assert Booking.objects.filter(status="booked").count() == 2

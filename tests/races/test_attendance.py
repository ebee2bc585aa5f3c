"""Marks and what comes at the same moment: one is judged after the other."""

from functools import partial

import pytest
from django.utils import timezone

from bookings.models import Booking
from bookings.operations import attendance
from bookings.operations.attendance import mark_attendance, mark_roster
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.checkins import check_in
from gymsite.core.models import Event
from tests import crowd
from tests.asserts import assert_all_holds
from tests.factories import UserFactory
from tests.race import OK, Rendezvous, after, once, race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def booking():
    session, (member_id,) = crowd.session(5), crowd.members(1)
    return book_session(session_id=session.pk, member_id=member_id, now=timezone.now())


def mark_and_cancel(booking):
    """Let somebody in at the very moment when their booking is cancelled."""
    desk = UserFactory(role="front_desk").pk
    return race(
        [
            partial(
                mark_attendance,
                booking_id=booking.pk,
                status="attended",
                actor_id=desk,
                now=booking.starts_at,
            ),
            partial(
                cancel_booking,
                booking_id=booking.pk,
                actor_id=desk,
                now=booking.starts_at,
            ),
        ]
    )


def held_apart(monkeypatch):
    """Hold both calls until each has read the booking and neither has written."""
    meeting = Rendezvous()
    after(monkeypatch, attendance.locks, "lock_booking", meeting.meet)
    return meeting


def unlocked(booking_id, *, member_id=None):
    booking = Booking.objects.select_related("session__branch").get(pk=booking_id)
    return booking, booking.session


def test_control_without_the_lock_a_cancelled_booking_is_attended(booking, monkeypatch):
    monkeypatch.setattr(attendance.locks, "lock_booking", unlocked)
    meeting = held_apart(monkeypatch)
    outcomes = mark_and_cancel(booking)
    assert meeting.everybody_came
    # Neither is refused in words: both are written, or the second one breaks a
    # constraint.
    assert "wrong_booking_state" not in outcomes.codes


def test_a_mark_and_a_cancellation_wait_for_each_other(booking, monkeypatch):
    meeting = held_apart(monkeypatch)
    outcomes = mark_and_cancel(booking)
    assert not meeting.everybody_came
    assert outcomes.codes == {OK: 1, "wrong_booking_state": 1}
    assert (
        Event.objects.filter(kind__in=("attendance_marked", "cancelled")).count() == 1
    )
    assert_all_holds()


def test_a_check_in_while_the_roster_is_being_saved_stands(booking, monkeypatch):
    """A check-in commits between the roster's locks on session and bookings."""
    come_in = partial(
        check_in,
        member_id=booking.member_id,
        branch_id=booking.branch_id,
        method="kiosk_pin",
        now=booking.starts_at,
    )
    after(monkeypatch, attendance.locks, "lock_session", once(come_in))
    saved = mark_roster(
        session_id=booking.session_id,
        shown={booking.pk: "booked"},
        present_ids=(),
        actor_id=booking.member_id,
        now=booking.starts_at,
    )
    assert ([one.pk for one in saved.kept], saved.changed) == ([booking.pk], 0)
    assert Booking.objects.get().status == "attended"
    assert_all_holds()

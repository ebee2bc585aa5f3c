"""Booking, cancelling and moving up, through the operations."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from bookings import errors
from bookings.models import Booking, WaitlistEntry
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.waitlist import join_waitlist, leave_waitlist
from gymsite.core.models import Event, Notification
from gymsite.notifications import outbox
from memberships.models import Allowance
from tests.factories import (
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def test_a_member_books_a_place(now):
    member, session = MemberFactory(), SessionFactory()
    booking = book_session(session_id=session.pk, member_id=member.pk, now=now)
    session.refresh_from_db()
    kept = Booking.objects.get(pk=booking.pk)
    assert (kept.status, kept.reference, kept.member_id) == (
        "booked",
        booking.reference,
        member.pk,
    )
    assert kept.free_until == session.starts_at - timedelta(hours=12)
    assert session.booked_count == 1
    assert list(Event.objects.values_list("kind", "subject_id")) == [
        ("booked", booking.pk)
    ]


def test_the_same_session_is_booked_once(now):
    member, session = MemberFactory(), SessionFactory()
    book_session(session_id=session.pk, member_id=member.pk, now=now)
    with pytest.raises(errors.AlreadyBooked):
        book_session(session_id=session.pk, member_id=member.pk, now=now)
    session.refresh_from_db()
    assert session.booked_count == 1


def test_two_classes_at_one_time_are_refused_with_the_other_ones_name(now):
    member, first = MemberFactory(), SessionFactory()
    second = SessionFactory(gym_class__name="Spin Intervals")
    book_session(session_id=first.pk, member_id=member.pk, now=now)
    with pytest.raises(errors.OverlappingBooking, match="Vinyasa Flow"):
        book_session(session_id=second.pk, member_id=member.pk, now=now)


def test_a_limited_plan_counts_and_gives_back(now):
    member = UserFactory()
    plan = PlanFactory(per_period=True, classes=1)
    MembershipFactory(member=member, plan=plan)
    first, second = SessionFactory(), SessionFactory(gym_class__starts=time(20))
    booking = book_session(session_id=first.pk, member_id=member.pk, now=now)
    assert Allowance.objects.get().used == 1
    with pytest.raises(errors.AllowanceUsedUp, match="1 of 1 classes until"):
        book_session(session_id=second.pk, member_id=member.pk, now=now)
    cancel_booking(
        booking_id=booking.pk, member_id=member.pk, actor_id=member.pk, now=now
    )
    assert Allowance.objects.get().used == 0
    assert book_session(session_id=second.pk, member_id=member.pk, now=now).pk


def test_a_late_cancel_frees_the_place_but_uses_the_class(now):
    member = UserFactory()
    MembershipFactory(member=member, plan=PlanFactory(per_period=True))
    session = SessionFactory()
    booking = book_session(session_id=session.pk, member_id=member.pk, now=now)
    late = session.starts_at - timedelta(hours=1)
    ended = cancel_booking(
        booking_id=booking.pk, member_id=member.pk, actor_id=member.pk, now=late
    )
    session.refresh_from_db()
    assert (ended.status, session.booked_count, Allowance.objects.get().used) == (
        "late_cancelled",
        0,
        1,
    )


def test_cancelling_promotes_the_first_in_line(now):
    session = SessionFactory(gym_class__capacity=1)
    holder, first, second = MemberFactory(), MemberFactory(), MemberFactory()
    booking = book_session(session_id=session.pk, member_id=holder.pk, now=now)
    with pytest.raises(errors.SessionFull):
        book_session(session_id=session.pk, member_id=first.pk, now=now)
    assert (
        join_waitlist(session_id=session.pk, member_id=first.pk, now=now).position == 1
    )
    assert (
        join_waitlist(session_id=session.pk, member_id=second.pk, now=now).position == 2
    )
    cancel_booking(
        booking_id=booking.pk, member_id=holder.pk, actor_id=holder.pk, now=now
    )
    session.refresh_from_db()
    assert (session.booked_count, session.waitlist_length) == (1, 1)
    assert Booking.objects.get(status="booked").member_id == first.pk
    assert WaitlistEntry.objects.get(member=first).status == "promoted"
    outbox.drain(now=timezone.now())
    assert (
        Notification.objects.filter(user=first).values_list("kind", flat=True)[0]
        == "promoted"
    )


def test_leaving_gives_the_reserved_class_back(now):
    session, member = SessionFactory(gym_class__capacity=1), UserFactory()
    MembershipFactory(member=member, plan=PlanFactory(per_period=True))
    book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    assert Allowance.objects.get().used == 1
    leave_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    session.refresh_from_db()
    assert (Allowance.objects.get().used, session.waitlist_length) == (0, 0)


def test_being_promoted_drops_other_turns_at_that_time(now):
    full, other = (
        SessionFactory(gym_class__capacity=1),
        SessionFactory(gym_class__capacity=1),
    )
    holder, rival, member = MemberFactory(), MemberFactory(), MemberFactory()
    booking = book_session(session_id=full.pk, member_id=holder.pk, now=now)
    book_session(session_id=other.pk, member_id=rival.pk, now=now)
    for session in (full, other):
        join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    cancel_booking(
        booking_id=booking.pk, member_id=holder.pk, actor_id=holder.pk, now=now
    )
    assert WaitlistEntry.objects.get(session=other).status == "closed"
    other.refresh_from_db()
    assert other.waitlist_length == 0

"""Giving back all that a member holds, when an account is closed: what, whose, and from
when on."""

from datetime import timedelta

import pytest

from bookings.models import Booking, WaitlistEntry
from bookings.operations.attendance import mark_attendance
from bookings.operations.bookings import book_session
from bookings.operations.closed_accounts import release_member
from bookings.operations.waitlist import join_waitlist
from gymsite.core.batches import Unfinished
from gymsite.core.models import Event
from gymsite.core.operations.users import deactivate_user
from memberships.models import Allowance
from tests.factories import (
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    SessionFactory,
    UserFactory,
)
from tests.stuck import stuck

pytestmark = pytest.mark.django_db


@pytest.fixture
def leaver():
    """With eight classes a month."""
    member = UserFactory()
    MembershipFactory(member=member, plan=PlanFactory(per_period=True))
    return member


def session(now, days=2, capacity=20):
    return SessionFactory(
        gym_class__capacity=capacity, session_date=now.date() + timedelta(days=days)
    )


def full(now, days=2):
    """A session of one place that somebody has."""
    made = session(now, days, capacity=1)
    book_session(session_id=made.pk, member_id=MemberFactory().pk, now=now)
    return made


def book(made, member, now):
    return book_session(session_id=made.pk, member_id=member.pk, now=now)


def join(made, member, now):
    return join_waitlist(session_id=made.pk, member_id=member.pk, now=now)


def close(member, now):
    deactivate_user(user_id=member.pk, actor_id=None, reason="", now=now)


def release(member, now):
    return release_member(member_id=member.pk, actor_id=member.pk, now=now)


def statuses(model):
    return dict(model.objects.order_by("pk").values_list("pk", "status"))


def test_every_place_ahead_and_every_turn_goes_back_with_its_class(leaver, now):
    bookings = [book(session(now, days), leaver, now) for days in (2, 3)]
    turns = [join(full(now, days), leaver, now) for days in (4, 5)]
    used = Allowance.objects.filter(membership__member=leaver)
    assert sum(used.values_list("used", flat=True)) == 4
    close(leaver, now)
    assert release(leaver, now) == 2
    assert {statuses(Booking)[booking.pk] for booking in bookings} == {"cancelled"}
    assert {statuses(WaitlistEntry)[turn.pk] for turn in turns} == {"left"}
    assert sum(used.values_list("used", flat=True)) == 0
    ended = Event.objects.filter(kind="cancelled", member=leaver)
    assert set(ended.values_list("data__reason", "data__by", "actor")) == {
        ("Account closed.", "staff", leaver.pk)
    }
    assert release(leaver, now) == 0  # run again, there is nothing left


def test_what_others_hold_stays_theirs(leaver, now):
    """In the same session, and in the same line."""
    booked, waited_for, other = session(now), full(now, 3), MemberFactory()
    for member in (leaver, other):
        book(booked, member, now)
        join(waited_for, member, now)
    close(leaver, now)
    assert release(leaver, now) == 1
    assert Booking.objects.get(session=booked, member=other).status == "booked"
    assert WaitlistEntry.objects.get(member=other).status == "waiting"


def test_what_has_begun_and_who_is_in_already_stay_as_they_are(leaver, now):
    """A place of this very instant is used or missed: attendance says so. Who was let
    in early came."""
    begun = book(session(now, 2), leaver, now)
    came = book(session(now, 3), leaver, now)
    mark_attendance(
        booking_id=came.pk,
        status="attended",
        actor_id=leaver.pk,
        now=came.starts_at - timedelta(minutes=5),
    )
    ahead = book(session(now, 4), leaver, now)
    close(leaver, now)
    assert release(leaver, begun.starts_at) == 1
    assert statuses(Booking) == {
        begun.pk: "booked",
        came.pk: "attended",
        ahead.pk: "cancelled",
    }


def test_an_account_that_is_open_again_keeps_what_it_holds(leaver, now):
    book(session(now), leaver, now)
    join(full(now, 3), leaver, now)
    assert release(leaver, now) == 0
    assert Booking.objects.get(member=leaver).status == "booked"
    assert WaitlistEntry.objects.get().status == "waiting"


def test_what_could_not_be_given_back_is_said_after_all_the_others_were(leaver, now):
    bad, good, waited_for = session(now), session(now, 3), full(now, 4)
    for made in (bad, good):
        book(made, leaver, now)
    join(waited_for, leaver, now)
    close(leaver, now)
    with (
        stuck("bookings_booking", session_id=bad.pk),
        stuck("bookings_waitlistentry", session_id=waited_for.pk),
        pytest.raises(Unfinished, match="2 places or turns"),
    ):
        release(leaver, now)
    assert dict(
        Booking.objects.filter(member=leaver).values_list("session_id", "status")
    ) == {
        bad.pk: "booked",
        good.pk: "cancelled",
    }

"""Loops that hold a session's lock end, also where what judges and what charges
disagree for good."""

from contextlib import contextmanager

import pytest
from django.db import connection

from bookings.errors import AlreadyBooked, SessionCancelled
from bookings.models import Booking, WaitlistEntry
from bookings.operations import _places, _promotion, waitlist
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.sessions import cancel_session
from bookings.operations.waitlist import join_waitlist
from gymsite.core.errors import Busy
from gymsite.core.models import Event
from memberships.errors import AllowanceUsedUp
from memberships.models import Allowance, Plan
from memberships.operations.memberships import end_membership
from memberships.rules import period_of
from tests.asserts import assert_all_holds
from tests.factories import (
    AllowanceFactory,
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


class TooManyStatements(Exception):
    pass


@contextmanager
def at_most(statements):
    """Breaks off what would go on for ever."""
    left = [statements]

    def count(execute, *args):
        left[0] -= 1
        if left[0] < 0:
            raise TooManyStatements
        return execute(*args)

    with connection.execute_wrapper(count):
        yield


def full(now):
    session = SessionFactory(gym_class__capacity=1)
    return session, book_session(
        session_id=session.pk, member_id=MemberFactory().pk, now=now
    )


def free(booking, now):
    return cancel_booking(booking_id=booking.pk, actor_id=booking.member_id, now=now)


def waits_on_a_pack(session, now):
    """A member who waits with a class of a pack that has ended since, beside a used-up
    monthly plan."""
    member, monthly = UserFactory(), PlanFactory(per_period=True, classes=1)
    pack = MembershipFactory(member=member, plan=PlanFactory(pack=True))
    AllowanceFactory(membership=pack)
    join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    membership = MembershipFactory(member=member, plan=monthly)
    first, last = period_of("month", session.session_date)
    AllowanceFactory(membership=membership, granted=1, starts_on=first, ends_on=last)
    end_membership(membership_id=pack.pk, actor_id=member.pk, now=now)
    return member, monthly


def test_a_plan_made_unlimited_under_a_used_up_allowance_does_not_hold_the_session(now):
    session, booking = full(now)
    _, monthly = waits_on_a_pack(session, now)
    Allowance.objects.filter(membership__plan=monthly).update(used=1)
    Plan.objects.filter(pk=monthly.pk).update(kind="unlimited", classes=None)
    with at_most(200):
        free(booking, now)
    assert WaitlistEntry.objects.get().status == "passed_over"
    assert Event.objects.get(kind="passed_over").data["why"] == "allowance_used_up"


@pytest.mark.parametrize("waiting", [1, 3])
def test_a_turn_that_can_not_be_charged_is_passed_over_and_recorded(
    now, monkeypatch, waiting
):
    """The charge refuses, however often the rules agree; who is next gets the place."""
    session, booking = full(now)
    members = [waits_on_a_pack(session, now)[0] for _ in range(waiting)]
    last = MemberFactory()
    join_waitlist(session_id=session.pk, member_id=last.pk, now=now)
    settle = _promotion.settle

    def refuses(*, returned=(), charged=()):
        for allowance_id in charged:
            refusal = AllowanceUsedUp()
            refusal.allowance_id = allowance_id
            raise refusal
        settle(returned=returned, charged=charged)

    monkeypatch.setattr(_promotion, "settle", refuses)
    with at_most(60 * (waiting + 3)):
        free(booking, now)
    assert Booking.objects.get(status="booked").member_id == last.pk
    passed = Event.objects.filter(kind="passed_over").order_by("id")
    assert [event.member_id for event in passed] == [member.pk for member in members]
    assert {event.data["why"] for event in passed} == {"allowance_used_up"}


def test_a_turn_that_is_overtaken_again_and_again_is_passed_over_and_recorded(
    now, monkeypatch
):
    session, booking = full(now)
    member = MemberFactory()
    join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    monkeypatch.setattr(_places, "insert_booking", lambda *args, **values: None)
    with at_most(150):
        free(booking, now)
    assert WaitlistEntry.objects.get().status == "passed_over"
    assert Event.objects.get(kind="passed_over").data["why"] == "overtaken"
    monkeypatch.undo()
    assert_all_holds()


class TestTheTrueReason:
    """After the last try that was lost it is said what is so by then, not what is so
    most often."""

    @pytest.fixture
    def lost(self, monkeypatch):
        """Each claim is lost, and with the last one something happens."""

        def losing(happens=lambda: None):
            left = [_places.TRIES]

            def claim(*args, **values):
                left[0] -= 1
                if not left[0]:
                    happens()

            monkeypatch.setattr(_places, "claim", claim)
            monkeypatch.setattr(waitlist, "_insert_turn", claim)

        return losing

    def test_a_session_called_off_meanwhile_is_called_off(self, now, lost):
        session = SessionFactory()
        lost(
            lambda: cancel_session(
                session_id=session.pk,
                actor_id=UserFactory().pk,
                reason="Flood.",
                now=now,
            )
        )
        with pytest.raises(SessionCancelled):
            book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)

    def test_a_line_is_left_for_the_same_reason(self, now, lost):
        session, _ = full(now)
        lost(
            lambda: cancel_session(
                session_id=session.pk,
                actor_id=UserFactory().pk,
                reason="Flood.",
                now=now,
            )
        )
        with pytest.raises(SessionCancelled):
            join_waitlist(session_id=session.pk, member_id=MemberFactory().pk, now=now)

    def test_who_has_a_place_by_then_has_one(self, now, lost):
        session, member, claim = SessionFactory(), MemberFactory(), _places.claim
        facts = _places.read_facts(session_id=session.pk, member_id=member.pk, now=now)
        lost(lambda: claim(facts, member.pk, source="page", actor_id=member.pk))
        with pytest.raises(AlreadyBooked):
            book_session(session_id=session.pk, member_id=member.pk, now=now)

    def test_where_no_rule_says_no_rivals_are_too_many(self, now, lost):
        lost()
        with pytest.raises(Busy) as refusal:
            book_session(
                session_id=SessionFactory().pk, member_id=MemberFactory().pk, now=now
            )
        assert refusal.value.values["retry_after"] > 0

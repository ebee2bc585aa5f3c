"""Orders of events that luck would seldom find, forced.

docs/locks.md tells them in words.
"""

from datetime import time
from functools import partial

import pytest

from bookings.models import Booking, WaitlistEntry
from bookings.operations import _places, _promotion
from bookings.operations.bookings import book_session
from bookings.operations.sessions import cancel_session, change_capacity
from bookings.operations.waitlist import join_waitlist
from memberships.models import Allowance
from memberships.operations import allowances
from tests import crowd
from tests.asserts import assert_all_holds, assert_nobody_waits_beside_a_free_place
from tests.factories import PlanFactory, UserFactory
from tests.race import OK, Rendezvous, after, counting_deadlocks, race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

DEADLOCK = "40P01"


def full(now, **values):
    """A session with one place, which is taken."""
    session = crowd.session(1, **values)
    (holder,) = crowd.members(1)
    book_session(session_id=session.pk, member_id=holder, now=now)
    return session


def opposite_lines(now, *, later=False):
    """Two full sessions, at one time or ``later`` one after the other.

    The same two people wait for both, in opposite orders.
    """
    first, second = (
        full(now),
        full(now, **({"gym_class__starts": time(20)} if later else {})),
    )
    ada, ben = crowd.members(2, plan=PlanFactory(per_period=True))
    for session, line in ((first, (ada, ben)), (second, (ben, ada))):
        for member in line:
            join_waitlist(session_id=session.pk, member_id=member, now=now)
    return first, second


def raise_both(first, second, now):
    """Add two places to each of two sessions at once.

    Each session gives places to the same two people.
    """
    actor = UserFactory(role="manager").pk
    with counting_deadlocks() as deadlocks:
        outcomes = race(
            [
                partial(
                    change_capacity,
                    session_id=session.pk,
                    capacity=3,
                    actor_id=actor,
                    now=now,
                )
                for session in (first, second)
            ]
        )
    return outcomes, deadlocks


def test_control_promoting_in_the_order_of_the_line_deadlocks(now, monkeypatch):
    first, second = opposite_lines(now)
    monkeypatch.setattr(_promotion, "_by_member", list)
    after(monkeypatch, _places, "insert_booking", Rendezvous().meet)
    outcomes, deadlocks = raise_both(first, second, now)
    assert (outcomes.codes, deadlocks) == ({OK: 1, DEADLOCK: 1}, [1])


def test_two_sessions_that_promote_the_same_people_wait_for_each_other_in_one_order(
    now, monkeypatch
):
    first, second = opposite_lines(now)
    meeting = Rendezvous()
    after(monkeypatch, _places, "insert_booking", meeting.meet)
    outcomes, deadlocks = raise_both(first, second, now)
    assert (outcomes.codes, deadlocks) == ({OK: 2}, [0])
    # the second waited for the first one's booking of the same member
    assert not meeting.everybody_came
    # each person once
    assert Booking.objects.filter(source="waitlist", status="booked").count() == 2
    assert_all_holds()
    assert_nobody_waits_beside_a_free_place()


def test_control_giving_classes_back_one_by_one_deadlocks(now, monkeypatch):
    """Two sessions are called off at once.

    Each closes the turns of the same two people in the order of its line.
    """
    first, second = opposite_lines(now, later=True)
    monkeypatch.setattr(allowances, "_in_order", lambda changes: list(changes))
    after(monkeypatch, allowances, "_change", Rendezvous().meet)
    outcomes, deadlocks = call_both_off(first, second, now)
    assert (outcomes.codes, deadlocks) == ({OK: 1, DEADLOCK: 1}, [1])


def test_two_sessions_called_off_at_once_give_classes_back_in_one_order(
    now, monkeypatch
):
    first, second = opposite_lines(now, later=True)
    after(monkeypatch, allowances, "_change", Rendezvous().meet)
    outcomes, deadlocks = call_both_off(first, second, now)
    assert (outcomes.codes, deadlocks) == ({OK: 2}, [0])
    assert set(Allowance.objects.values_list("used", flat=True)) == {0}
    assert set(WaitlistEntry.objects.values_list("status", flat=True)) == {"closed"}
    assert_all_holds()


def call_both_off(first, second, now):
    actor = UserFactory(role="manager").pk
    with counting_deadlocks() as deadlocks:
        outcomes = race(
            [
                partial(
                    cancel_session,
                    session_id=session.pk,
                    actor_id=actor,
                    reason="Flood.",
                    now=now,
                )
                for session in (first, second)
            ]
        )
    return outcomes, deadlocks

"""A thousand rounds of everything at once."""

import random
from datetime import time
from functools import partial

import pytest
from django.utils import timezone

from bookings.models import Booking, WaitlistEntry
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.closed_accounts import release_member
from bookings.operations.sessions import cancel_session, change_capacity
from bookings.operations.waitlist import close_lines, join_waitlist, leave_waitlist
from gymsite.core.errors import DomainError
from gymsite.core.models import Event
from tests import crowd
from tests.asserts import assert_all_holds, assert_nobody_waits_beside_a_free_place
from tests.factories import PlanFactory, UserFactory
from tests.race import OK, counting_deadlocks, race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROUNDS = 1000
REFUSALS = {
    OK,
    "already_booked",
    "already_waiting",
    "allowance_used_up",
    "booking_not_found",
    "capacity_below_bookings",
    "not_waiting",
    "overlapping_booking",
    "places_free",
    "session_full",
    "wrong_booking_state",
}


def cancel_whatever(session_id, member_id, now):
    """Cancel the place that the member holds by now, if any."""
    booking = Booking.objects.filter(
        session_id=session_id, member_id=member_id, status="booked"
    ).first()
    if booking:
        cancel_booking(
            booking_id=booking.pk, member_id=member_id, actor_id=member_id, now=now
        )


@pytest.fixture
def gym():
    """Five sessions of which four overlap, and people most of whom have few classes."""
    starts = [time(18), time(18), time(18, 30), time(18, 30), time(20)]
    sessions = [crowd.session(3, gym_class__starts=wall).pk for wall in starts]
    few = crowd.members(18, plan=PlanFactory(per_period=True, classes=2))
    return sessions, few + crowd.members(6)


def test_1000_rounds_of_mixed_calls_know_no_deadlock_and_leave_everything_true(gym):
    sessions, members = gym
    now, manager, chance = (
        timezone.now(),
        UserFactory(role="manager").pk,
        random.Random(20),
    )

    def one():
        session, member = chance.choice(sessions), chance.choice(members)
        about = {"session_id": session, "member_id": member, "now": now}
        return chance.choices(
            [
                partial(book_session, **about),
                partial(cancel_whatever, session, member, now),
                partial(join_waitlist, **about),
                partial(leave_waitlist, **about),
                partial(
                    change_capacity,
                    session_id=session,
                    capacity=chance.randint(2, 6),
                    actor_id=manager,
                    now=now,
                ),
                partial(release_member, member_id=member, actor_id=manager, now=now),
            ],
            weights=[30, 25, 30, 5, 9, 1],
        )[0]

    with counting_deadlocks() as deadlocks:
        outcomes = race([one() for _ in range(ROUNDS)])
    assert deadlocks == [0]
    assert set(outcomes.codes) <= REFUSALS, outcomes.codes
    assert sum(outcomes.codes.values()) == ROUNDS
    # the rounds met what they are for
    assert Event.objects.filter(kind="promoted").count() > 20
    assert_all_holds()
    assert_nobody_waits_beside_a_free_place()


def test_calling_everything_off_at_once_gives_everything_back(gym):
    """Call off all five sessions at once.

    Meanwhile people book, join and leave, and the job ends lines.
    """
    sessions, members = gym
    now, manager = timezone.now(), UserFactory(role="manager").pk
    for member in members:
        for session in sessions:
            for operation in (book_session, join_waitlist):
                _unless_refused(
                    operation, session_id=session, member_id=member, now=now
                )
    calls = [
        *(
            partial(
                cancel_session,
                session_id=pk,
                actor_id=manager,
                reason="Flood.",
                now=now,
            )
            for pk in sessions
        ),
        *(
            partial(release_member, member_id=member, actor_id=manager, now=now)
            for member in members[:8]
        ),
        *(
            partial(cancel_whatever, session, member, now)
            for session in sessions
            for member in members[8:]
        ),
        partial(close_lines, now=now),
    ]
    random.Random(7).shuffle(calls)
    with counting_deadlocks() as deadlocks:
        outcomes = race(calls)
    assert deadlocks == [0]
    assert set(outcomes.codes) <= {OK, "wrong_booking_state", "session_cancelled"}
    assert not Booking.objects.filter(status="booked").exists()
    assert not WaitlistEntry.objects.filter(status="waiting").exists()
    assert_all_holds()


def _unless_refused(operation, **arguments):
    try:
        operation(**arguments)
    except DomainError:
        return

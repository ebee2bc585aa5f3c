"""A session moves to its wall time while people want it.

They are judged by the new time, or moved with it.
"""

from datetime import time, timedelta
from functools import partial

import pytest

from bookings.models import Booking, BookingPolicy, ClassSession, WaitlistEntry
from bookings.operations import _places
from bookings.operations.bookings import book_session
from bookings.operations.time_zones import (
    change_time_zone,
    keep_wall_time,
    move_session,
)
from bookings.operations.waitlist import join_waitlist
from tests import crowd
from tests.asserts import assert_all_holds
from tests.factories import BranchFactory, UserFactory
from tests.race import OK, race, while_held

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
EARLIER = "Europe/Athens"  # two hours ahead of London


def about_to_move(now, **values):
    """A session whose branch already has another zone; nobody has moved it yet."""
    session = crowd.session(**values)
    change_time_zone(
        branch_id=session.branch_id,
        time_zone=EARLIER,
        actor_id=UserFactory(role="owner").pk,
        reason="",
        now=now,
    )
    return session


def moving(session, now):
    return partial(move_session, session_id=session.pk, now=now)


def booking_it(session, member, now):
    return partial(book_session, session_id=session.pk, member_id=member, now=now)


def two_hours_earlier(session):
    moved = ClassSession.objects.get(pk=session.pk)
    return (moved.time_zone, moved.starts_at) == (
        EARLIER,
        session.starts_at - timedelta(hours=2),
    )


def at_its_time(row):
    """Whether a booking or a turn has the time of its session.

    It must also be as free to cancel as that time makes it.
    """
    moved = ClassSession.objects.get(pk=row.session_id)
    cutoff = timedelta(minutes=BookingPolicy.objects.get().cutoff_minutes)
    free = getattr(row, "free_until", moved.starts_at - cutoff)
    return (row.starts_at, row.ends_at, free) == (
        moved.starts_at,
        moved.ends_at,
        moved.starts_at - cutoff,
    )


def booked_while_it_moves(now):
    session, (member,) = about_to_move(now), crowd.members(1)
    outcomes = while_held(moving(session, now), [booking_it(session, member, now)])
    assert outcomes.codes == {OK: 1}
    assert two_hours_earlier(session)
    return at_its_time(Booking.objects.get())


def test_a_booking_that_waits_for_the_move_is_judged_by_the_new_time(now):
    assert booked_while_it_moves(now)
    assert_all_holds()


def test_control_a_claim_that_does_not_look_again_keeps_the_old_deadline(
    now, monkeypatch
):
    blind = _places.SQL.claim_place.replace("AND starts_at = %(starts_at)s", "")
    monkeypatch.setattr(_places.SQL, "claim_place", blind)
    assert not booked_while_it_moves(now)


def test_a_move_that_waits_for_the_booking_takes_it_along(now):
    session, (member,) = about_to_move(now), crowd.members(1)
    outcomes = while_held(booking_it(session, member, now), [moving(session, now)])
    assert outcomes.codes == {OK: 1}
    assert two_hours_earlier(session)
    assert at_its_time(Booking.objects.get())
    assert_all_holds()


def test_who_is_busy_at_the_new_time_is_refused(now):
    session, (member,) = about_to_move(now), crowd.members(1)
    other = crowd.session(
        gym_class__starts=time(16), gym_class__branch=BranchFactory(slug="elsewhere")
    )
    book_session(session_id=other.pk, member_id=member, now=now)
    outcomes = while_held(moving(session, now), [booking_it(session, member, now)])
    assert outcomes.codes == {"overlapping_booking": 1}
    assert Booking.objects.get().session_id == other.pk


@pytest.mark.parametrize("move_first", [True, False])
def test_a_turn_is_for_the_new_time(now, move_first):
    session, (holder, member) = about_to_move(now, capacity=1), crowd.members(2)
    book_session(session_id=session.pk, member_id=holder, now=now)
    both = [
        moving(session, now),
        partial(join_waitlist, session_id=session.pk, member_id=member, now=now),
    ]
    hold, call = both if move_first else reversed(both)
    assert while_held(hold, [call]).codes == {OK: 1}
    assert two_hours_earlier(session)
    assert at_its_time(WaitlistEntry.objects.get())
    assert_all_holds()


def test_a_crowd_at_the_moment_of_the_change(now):
    session, members = crowd.session(capacity=8), crowd.members(12)
    owner = UserFactory(role="owner").pk

    def change():
        change_time_zone(
            branch_id=session.branch_id,
            time_zone=EARLIER,
            actor_id=owner,
            reason="",
            now=now,
        )
        return keep_wall_time(branch_id=session.branch_id, now=now)

    half = [booking_it(session, member, now) for member in members]
    outcomes = race([*half[:6], change, *half[6:]])
    assert outcomes.codes == {OK: 9, "session_full": 4}
    assert two_hours_earlier(session)
    assert all(at_its_time(booking) for booking in Booking.objects.all())
    assert_all_holds()

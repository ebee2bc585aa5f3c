"""What was judged has changed by the time of the claim.

The rival commits first, or is about to while the claim waits.
"""

from datetime import timedelta
from functools import partial

import pytest

from bookings.models import Booking, ClassSession, WaitlistEntry
from bookings.operations import _places, bookings, waitlist
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.sessions import cancel_session, change_capacity
from bookings.operations.waitlist import join_waitlist, leave_waitlist
from gymsite.core.operations.users import deactivate_user
from memberships.models import Allowance, Membership
from memberships.operations.memberships import end_membership
from tests import crowd
from tests.asserts import assert_all_holds
from tests.factories import PlanFactory, UserFactory
from tests.race import OK, after, once, race, while_held

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def manager():
    return UserFactory(role="manager").pk


def close_account(session, member, manager, now):
    deactivate_user(user_id=member, actor_id=manager, reason="", now=now)


def end_theirs(session, member, manager, now):
    membership = Membership.objects.get(member_id=member)
    end_membership(membership_id=membership.pk, actor_id=manager, now=now)


def call_off(session, member, manager, now):
    cancel_session(session_id=session.pk, actor_id=manager, reason="Flood.", now=now)


def move(session, member, manager, now):
    """Move the session, as a branch's change of time zone moves it."""
    later = {
        "starts_at": session.starts_at + timedelta(hours=3),
        "ends_at": session.ends_at + timedelta(hours=3),
    }
    ClassSession.objects.filter(pk=session.pk).update(**later)


CHANGES = [
    (close_account, "account_closed"),
    (end_theirs, "membership_required"),
    (call_off, "session_cancelled"),
]


def full(now):
    session, (holder,) = crowd.session(1), crowd.members(1)
    return session, book_session(session_id=session.pk, member_id=holder, now=now)


class TestCommittedBetweenJudgingAndClaiming:
    @pytest.mark.parametrize(("change", "said"), CHANGES)
    def test_a_booking_is_judged_again(self, change, said, manager, now, monkeypatch):
        session, (member, _) = (
            crowd.session(),
            crowd.members(2, plan=PlanFactory(per_period=True)),
        )
        after(
            monkeypatch,
            bookings,
            "read_facts",
            once(partial(change, session, member, manager, now)),
        )
        outcomes = race(
            [partial(book_session, session_id=session.pk, member_id=member, now=now)]
        )
        assert outcomes.codes == {said: 1}
        assert not Booking.objects.exists()
        assert set(Allowance.objects.values_list("used", flat=True)) <= {0}
        assert_all_holds()

    @pytest.mark.parametrize(("change", "said"), CHANGES)
    def test_a_turn_is_judged_again(self, change, said, manager, now, monkeypatch):
        (session, _), (member, _) = (
            full(now),
            crowd.members(2, plan=PlanFactory(per_period=True)),
        )
        after(
            monkeypatch,
            waitlist,
            "read_facts",
            once(partial(change, session, member, manager, now)),
        )
        outcomes = race(
            [partial(join_waitlist, session_id=session.pk, member_id=member, now=now)]
        )
        assert outcomes.codes == {said: 1}
        assert not WaitlistEntry.objects.exists()
        assert set(Allowance.objects.values_list("used", flat=True)) <= {0}
        assert_all_holds()

    def test_nobody_joins_beside_a_place_that_came_free(self, now, monkeypatch):
        (session, held), (member,) = full(now), crowd.members(1)
        cancel = partial(
            cancel_booking, booking_id=held.pk, actor_id=held.member_id, now=now
        )
        after(monkeypatch, waitlist, "read_facts", once(cancel))
        outcomes = race(
            [partial(join_waitlist, session_id=session.pk, member_id=member, now=now)]
        )
        assert outcomes.codes == {"places_free": 1}
        assert not WaitlistEntry.objects.exists()
        assert_all_holds()

    def test_a_booking_is_for_the_time_that_the_session_has(self, now, monkeypatch):
        session, (member,) = crowd.session(), crowd.members(1)
        after(
            monkeypatch,
            bookings,
            "read_facts",
            once(partial(move, session, member, None, now)),
        )
        outcomes = race(
            [partial(book_session, session_id=session.pk, member_id=member, now=now)]
        )
        assert outcomes.codes == {OK: 1}
        booking, moved = Booking.objects.get(), ClassSession.objects.get()
        assert (booking.starts_at, booking.free_until) == (
            moved.starts_at,
            moved.starts_at - timedelta(hours=12),
        )

    def test_a_turn_is_for_the_time_that_the_session_has(self, now, monkeypatch):
        (session, _), (member,) = full(now), crowd.members(1)
        seen = []
        after(monkeypatch, waitlist, "read_facts", lambda: seen.append(1))
        after(
            monkeypatch,
            waitlist,
            "read_facts",
            once(partial(move, session, member, None, now)),
        )
        outcomes = race(
            [partial(join_waitlist, session_id=session.pk, member_id=member, now=now)]
        )
        assert outcomes.codes == {OK: 1}
        assert (
            WaitlistEntry.objects.get().starts_at
            == ClassSession.objects.get().starts_at
        )
        assert len(seen) == 2  # judged for the old time, then for the new one


class TestWhileTheSessionIsHeld:
    """The rival holds the session and has not committed.

    The claim waits, then looks at what the session has become.
    """

    def test_nobody_books_a_session_that_is_being_called_off(self, manager, now):
        session, (member,) = crowd.session(), crowd.members(1)
        outcomes = while_held(
            partial(call_off, session, member, manager, now),
            [partial(book_session, session_id=session.pk, member_id=member, now=now)],
        )
        assert outcomes.codes == {"session_cancelled": 1}
        assert not Booking.objects.exists()

    def booked_while_it_moves(self, now):
        session, (member,) = crowd.session(), crowd.members(1)
        outcomes = while_held(
            partial(move, session, member, None, now),
            [partial(book_session, session_id=session.pk, member_id=member, now=now)],
        )
        assert outcomes.codes == {OK: 1}
        return Booking.objects.get().starts_at == ClassSession.objects.get().starts_at

    def test_a_booking_of_a_session_that_is_being_moved_is_for_its_new_time(self, now):
        assert self.booked_while_it_moves(now)

    def test_control_a_claim_that_does_not_hold_the_session_is_for_the_old_time(
        self, now, monkeypatch
    ):
        unlocked = _places.SQL.claim_place.replace("FOR NO KEY UPDATE", "")
        monkeypatch.setattr(_places.SQL, "claim_place", unlocked)
        assert not self.booked_while_it_moves(now)

    def test_nobody_joins_the_line_of_a_session_that_is_being_called_off(
        self, manager, now
    ):
        (session, _), (member,) = full(now), crowd.members(1)
        outcomes = while_held(
            partial(call_off, session, member, manager, now),
            [partial(join_waitlist, session_id=session.pk, member_id=member, now=now)],
        )
        assert outcomes.codes == {"session_cancelled": 1}
        assert not WaitlistEntry.objects.exists()

    def test_nobody_joins_the_line_of_a_session_that_is_being_given_more_places(
        self, manager, now
    ):
        (session, _), (member,) = full(now), crowd.members(1)
        outcomes = while_held(
            partial(
                change_capacity,
                session_id=session.pk,
                capacity=2,
                actor_id=manager,
                now=now,
            ),
            [partial(join_waitlist, session_id=session.pk, member_id=member, now=now)],
        )
        assert outcomes.codes == {"places_free": 1}
        assert not WaitlistEntry.objects.exists()

    def test_who_leaves_the_line_on_one_page_and_books_on_another_uses_one_class(
        self, now
    ):
        """A place is free and the member still waits.

        It came free too late to promote.
        """
        (session, held), (member,) = (
            full(now),
            crowd.members(1, plan=PlanFactory(per_period=True, classes=1)),
        )
        join_waitlist(session_id=session.pk, member_id=member, now=now)
        late = session.starts_at - timedelta(hours=1)
        cancel_booking(booking_id=held.pk, actor_id=held.member_id, now=late)
        outcomes = while_held(
            partial(leave_waitlist, session_id=session.pk, member_id=member, now=late),
            [partial(book_session, session_id=session.pk, member_id=member, now=late)],
        )
        assert outcomes.codes == {OK: 1}
        assert WaitlistEntry.objects.get().status == "left"
        assert Allowance.objects.get().used == 1
        assert_all_holds()

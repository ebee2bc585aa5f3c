"""Whoever waits for a session sees account and membership as they are afterwards.

What they were before the wait does not count.
"""

from functools import partial

import pytest
from django.contrib.auth.models import update_last_login

from bookings import locks
from bookings.models import Booking, WaitlistEntry
from bookings.operations import _places, waitlist
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.closed_accounts import release_member
from bookings.operations.waitlist import join_waitlist
from gymsite.core.models import User
from gymsite.core.operations.users import deactivate_user
from memberships.models import Membership
from memberships.operations.memberships import end_membership
from tests import crowd
from tests.asserts import assert_all_holds, broken
from tests.race import OK, counting_deadlocks, while_held

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def ends(member, now):
    membership = Membership.objects.get(member_id=member)
    end_membership(membership_id=membership.pk, actor_id=member, now=now)


def closes(member, now):
    """Close the account, and run the job that gives back what it held."""
    deactivate_user(user_id=member, actor_id=member, reason="", now=now)
    release_member(member_id=member, actor_id=member, now=now)


def logs_in_and_closes(member, now):
    """Log in, then close the account.

    A log-in changes the account's row too, so that the closing is two versions away
    from what was read.
    """
    update_last_login(None, User.objects.get(pk=member))
    closes(member, now)


RIVALS = [
    (ends, "membership_required"),
    (closes, "account_closed"),
    (logs_in_and_closes, "account_closed"),
]
# Without locks, what the statement read before the wait is believed after it.
BELIEVING = {" FOR KEY SHARE": "", " FOR SHARE": ""}


def without_locks(statement):
    for lock, nothing in BELIEVING.items():
        statement = statement.replace(lock, nothing)
    return statement


def booking_behind(rival, now):
    session, (member,) = crowd.session(2), crowd.members(1)
    call = partial(book_session, session_id=session.pk, member_id=member, now=now)
    return while_held(
        partial(locks.lock_session, session.pk), [call, partial(rival, member, now)]
    ).all[0]


def joining_behind(rival, now):
    session, (holder, member) = crowd.session(1), crowd.members(2)
    book_session(session_id=session.pk, member_id=holder, now=now)
    call = partial(join_waitlist, session_id=session.pk, member_id=member, now=now)
    return while_held(
        partial(locks.lock_session, session.pk), [call, partial(rival, member, now)]
    ).all[0]


@pytest.mark.parametrize(("rival", "code"), RIVALS)
def test_a_booking_that_waited_is_judged_as_of_after_the_wait(now, rival, code):
    assert booking_behind(rival, now).code == code
    assert not Booking.objects.exists()
    assert_all_holds()


@pytest.mark.parametrize(("rival", "code"), RIVALS)
def test_a_turn_that_waited_is_judged_as_of_after_the_wait(now, rival, code):
    assert joining_behind(rival, now).code == code
    assert not WaitlistEntry.objects.exists()
    assert_all_holds()


@pytest.mark.parametrize(
    ("rival", "seen"),
    [(ends, "booked_while_it_stood"), (closes, "closed_accounts_book_nothing")],
)
def test_control_what_was_read_before_the_wait_books_on_what_is_gone(
    now, monkeypatch, rival, seen
):
    """``reconcile`` sees such a booking."""
    unlocked = without_locks(_places.SQL.claim_place)
    monkeypatch.setattr(_places.SQL, "claim_place", unlocked)
    assert booking_behind(rival, now).code == OK
    assert list(broken()) == [seen]


def test_control_what_was_read_before_the_wait_joins_on_what_is_gone(now, monkeypatch):
    unlocked = without_locks(waitlist.SQL.join_waitlist)
    monkeypatch.setattr(waitlist.SQL, "join_waitlist", unlocked)
    assert joining_behind(closes, now).code == OK


def promoting_behind(rival, now):
    """Free a place for somebody who is being booked elsewhere at that moment."""
    session, (holder, member) = crowd.session(1), crowd.members(2)
    booked = book_session(session_id=session.pk, member_id=holder, now=now)
    join_waitlist(session_id=session.pk, member_id=member, now=now)
    elsewhere = crowd.session(1)

    def held():
        book_session(session_id=elsewhere.pk, member_id=member, now=now)

    call = partial(cancel_booking, booking_id=booked.pk, actor_id=holder, now=now)
    return call, held, partial(rival, member, now)


@pytest.mark.parametrize("rival", [ends, closes])
def test_a_promotion_that_waits_is_not_overtaken_by_an_end(now, rival):
    """Nobody is left with a place on what ended before the place was given.

    This holds whatever comes first.
    """
    call, held, then = promoting_behind(rival, now)
    with counting_deadlocks() as deadlocks:
        outcomes = while_held(held, [call, then])
    assert outcomes.codes == {OK: 2}
    assert deadlocks == [0]
    assert_all_holds()


def test_a_log_in_waits_for_no_booking(now):
    """A booking and a log-in do not wait for each other.

    Both change and read the account's row.
    """
    session, (member,) = crowd.session(2), crowd.members(1)
    call = partial(book_session, session_id=session.pk, member_id=member, now=now)
    held = partial(update_last_login, None, User.objects.get(pk=member))
    booked, seen = while_held(held, [call, Booking.objects.count]).all
    assert booked.code == OK
    assert seen.value == 1  # the booking was made while the log-in was under way

"""Lines under load: positions, promotions, and what happens as a session changes."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from bookings.models import Booking, ClassSession, WaitlistEntry
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.closed_accounts import release_member
from bookings.operations.sessions import cancel_session, change_capacity
from bookings.operations.waitlist import join_waitlist, leave_waitlist
from gymsite.core.models import Event, Notification, Outbox
from gymsite.core.operations.users import deactivate_user
from gymsite.notifications import outbox
from tests import crowd
from tests.asserts import assert_all_holds, assert_nobody_waits_beside_a_free_place
from tests.factories import PlanFactory, UserFactory
from tests.race import OK, Rendezvous, counting_deadlocks, race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def manager():
    return UserFactory(role="manager").pk


def book_all(session, members, now):
    return [
        book_session(session_id=session.pk, member_id=member, now=now)
        for member in members
    ]


def join_all(session, members, now):
    for member in members:
        join_waitlist(session_id=session.pk, member_id=member, now=now)


def test_control_numbering_by_the_last_one_seen_gives_positions_twice():
    """The trigger takes_position guards against what happens here.

    The rival comes in between reading and writing.
    """
    meeting, parties = Rendezvous(parties=8, patience=30), 8
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNLOGGED TABLE unguarded_entry (position int)")

    def join():
        with connection.cursor() as cursor:
            cursor.execute("SELECT COALESCE(max(position), 0) + 1 FROM unguarded_entry")
            (position,) = cursor.fetchone()
            meeting.meet()
            cursor.execute("INSERT INTO unguarded_entry VALUES (%s)", [position])
        return position

    try:
        assert race([join] * parties, connections=parties).values == [1] * parties
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unguarded_entry")


def test_200_joining_at_once_stand_at_1_to_200_in_the_order_of_their_commits(now):
    session = crowd.session(1)
    holder, *members = crowd.members(201)
    book_all(session, [holder], now)
    outcomes = race(
        [
            partial(join_waitlist, session_id=session.pk, member_id=member, now=now)
            for member in members
        ]
    )
    assert outcomes.codes == {OK: 200}
    assert sorted(entry.position for entry in outcomes.values) == list(range(1, 201))
    # the line is held until a joiner commits, so the order of positions is the order in
    # which the server wrote them
    by_position = WaitlistEntry.objects.order_by("position").values_list(
        "pk", flat=True
    )
    assert list(by_position) == sorted(by_position)
    session.refresh_from_db()
    assert (session.waitlist_length, session.waitlist_last) == (200, 200)
    assert_all_holds()


def test_a_refused_joiner_leaves_no_gap(now):
    session, (holder, *members) = crowd.session(1), crowd.members(21)
    book_all(session, [holder], now)
    twice = [member for member in members for _ in range(2)]
    outcomes = race(
        [
            partial(join_waitlist, session_id=session.pk, member_id=member, now=now)
            for member in twice
        ]
    )
    assert outcomes.codes == {OK: 20, "already_waiting": 20}
    assert sorted(WaitlistEntry.objects.values_list("position", flat=True)) == list(
        range(1, 21)
    )
    assert_all_holds()


def test_20_cancels_at_once_promote_the_first_20_each_once_and_tell_them_once(now):
    session = crowd.session(20)
    holders, waiting = crowd.members(20), crowd.members(40)
    bookings = book_all(session, holders, now)
    join_all(session, waiting, now)
    cancels = [
        partial(
            cancel_booking, booking_id=booking.pk, actor_id=booking.member_id, now=now
        )
        for booking in bookings
    ]
    with counting_deadlocks() as deadlocks:
        assert race(cancels).codes == {OK: 20}
    assert deadlocks == [0]
    promoted = Booking.objects.filter(source="waitlist", status="booked").values_list(
        "member_id", flat=True
    )
    assert sorted(promoted) == sorted(waiting[:20])
    session.refresh_from_db()
    assert (session.booked_count, session.waitlist_length) == (20, 20)
    drained = race([partial(_drain_all, now)] * 4, connections=4)
    assert drained.codes == {OK: 4}
    assert not Outbox.objects.exists()
    told = Notification.objects.filter(kind="promoted").values_list(
        "user_id", flat=True
    )
    assert sorted(told) == sorted(waiting[:20])
    assert Notification.objects.filter(kind="cancelled").count() == 20
    assert_all_holds()
    assert_nobody_waits_beside_a_free_place()


def _drain_all(now):
    while outbox.drain(now=now, limit=7):
        pass


def test_control_handling_events_without_taking_them_tells_people_twice(now):
    """Two workers read the outbox before either has emptied it.

    drain skips what another worker holds.
    """
    session, (member,) = crowd.session(1), crowd.members(1)
    book_all(session, [member], now)
    meeting = Rendezvous(patience=30)

    def careless():
        rows = list(Outbox.objects.all())
        meeting.meet()
        for row in rows:
            for handle in outbox.handlers_of(row.event.kind):
                handle(row.event)
        Outbox.objects.filter(pk__in=[row.pk for row in rows]).delete()

    assert race([careless] * 2).codes == {OK: 2}
    assert Notification.objects.count() == 2


def test_one_booking_cancelled_twenty_times_at_once_gives_one_class_back(now):
    session, (member,) = (
        crowd.session(1),
        crowd.members(1, plan=PlanFactory(per_period=True)),
    )
    (booking,) = book_all(session, [member], now)
    cancel = partial(
        cancel_booking,
        booking_id=booking.pk,
        member_id=member,
        actor_id=member,
        now=now,
    )
    assert race([cancel] * 20).codes == {OK: 1, "wrong_booking_state": 19}
    assert Event.objects.filter(kind="cancelled").count() == 1
    assert_all_holds()


def test_a_freed_place_goes_to_the_line_and_to_nobody_else(now):
    """One cancels while thirty try to book.

    The first in line has the place in the transaction that freed it.
    """
    session = crowd.session(1)
    holder, first, *rivals = crowd.members(32)
    (booking,) = book_all(session, [holder], now)
    join_all(session, [first], now)
    calls = [
        partial(book_session, session_id=session.pk, member_id=rival, now=now)
        for rival in rivals
    ]
    cancel = partial(cancel_booking, booking_id=booking.pk, actor_id=holder, now=now)
    outcomes = race([*calls[:15], cancel, *calls[15:]])
    assert outcomes.codes == {OK: 1, "session_full": 30}
    assert Booking.objects.get(status="booked").member_id == first
    assert_all_holds()


def test_cancels_bookings_joins_and_capacity_at_once_leave_every_count_true(
    now, manager
):
    session = crowd.session(10)
    holders, rivals, joiners = (
        crowd.members(10),
        crowd.members(20),
        crowd.members(20, plan=PlanFactory(per_period=True)),
    )
    bookings = book_all(session, holders, now)
    calls = [
        *(
            partial(
                cancel_booking,
                booking_id=booking.pk,
                actor_id=booking.member_id,
                now=now,
            )
            for booking in bookings
        ),
        *(
            partial(book_session, session_id=session.pk, member_id=member, now=now)
            for member in rivals
        ),
        *(
            partial(join_waitlist, session_id=session.pk, member_id=member, now=now)
            for member in joiners
        ),
        *(
            partial(
                change_capacity,
                session_id=session.pk,
                capacity=capacity,
                actor_id=manager,
                now=now,
            )
            for capacity in (12, 9, 14, 11, 10)
        ),
    ]
    with counting_deadlocks() as deadlocks:
        outcomes = race(shuffled(calls))
    assert deadlocks == [0]
    assert set(outcomes.codes) <= {
        OK,
        "session_full",
        "places_free",
        "capacity_below_bookings",
    }
    assert_all_holds()
    assert_nobody_waits_beside_a_free_place()


def shuffled(calls):
    """Every kind of call spread over the race, in the same order each run."""
    return [call for start in range(7) for call in calls[start::7]]


def test_a_session_called_off_under_load_holds_nobody(now, manager):
    session = crowd.session(10)
    holders, rivals, joiners = (
        crowd.members(10, plan=PlanFactory(per_period=True)) for _ in range(3)
    )
    bookings = book_all(session, holders, now)
    calls = [
        *(
            partial(book_session, session_id=session.pk, member_id=member, now=now)
            for member in rivals
        ),
        *(
            partial(join_waitlist, session_id=session.pk, member_id=member, now=now)
            for member in joiners
        ),
        *(
            partial(
                cancel_booking,
                booking_id=booking.pk,
                actor_id=booking.member_id,
                now=now,
            )
            for booking in bookings
        ),
        partial(
            cancel_session,
            session_id=session.pk,
            actor_id=manager,
            reason="Flood.",
            now=now,
        ),
    ]
    with counting_deadlocks() as deadlocks:
        outcomes = race(shuffled(calls))
    assert deadlocks == [0]
    assert set(outcomes.codes) <= {
        OK,
        "session_full",
        "places_free",
        "session_cancelled",
        "wrong_booking_state",
    }
    session.refresh_from_db()
    assert (session.status, session.booked_count, session.waitlist_length) == (
        "cancelled",
        0,
        0,
    )
    assert not Booking.objects.filter(status="booked").exists()
    assert_all_holds()


def test_an_account_closed_under_load_holds_nothing_and_its_places_move_on(
    now, manager
):
    sessions = [
        crowd.session(2, session_date=now.date() + timedelta(days=days))
        for days in (2, 3, 4)
    ]
    leaver, mate, *waiting = crowd.members(8, plan=PlanFactory(per_period=True))
    for session in sessions:
        book_all(session, [leaver, mate], now)
        join_all(session, waiting, now)
    deactivate_user(user_id=leaver, actor_id=manager, reason="", now=now)
    calls = [
        *(
            partial(release_member, member_id=leaver, actor_id=manager, now=now)
            for _ in range(3)
        ),
        *(
            partial(book_session, session_id=session.pk, member_id=leaver, now=now)
            for session in sessions
        ),
        *(
            partial(leave_waitlist, session_id=session.pk, member_id=member, now=now)
            for session in sessions
            for member in waiting[1:3]
        ),
    ]
    with counting_deadlocks() as deadlocks:
        outcomes = race(shuffled(calls))
    assert deadlocks == [0]
    assert set(outcomes.codes) <= {OK, "account_closed", "not_waiting"}
    assert not Booking.objects.filter(member_id=leaver, status="booked").exists()
    assert set(
        ClassSession.objects.filter(pk__in=[s.pk for s in sessions]).values_list(
            "booked_count", flat=True
        )
    ) == {2}
    assert_all_holds()
    assert_nobody_waits_beside_a_free_place()

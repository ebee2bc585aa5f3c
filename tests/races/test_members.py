"""One member in many places at once: two phones, two tabs, an impatient finger."""

from collections import Counter
from datetime import time, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection

from bookings import rules
from bookings.models import Booking, CheckIn, ClassSession
from bookings.operations import _places
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.checkins import check_in
from bookings.operations.waitlist import join_waitlist
from bookings.queries import eligibility
from gymsite.core.errors import TooMany
from gymsite.core.models import ApiSession, Event
from gymsite.core.operations import sessions as log_ins
from gymsite.core.operations.users import deactivate_user, member_by_pin, register_user
from gymsite.core.queries.sessions import by_access_token
from gymsite.payments.models import Payment
from gymsite.payments.operations import take_payment
from memberships.models import Allowance, Membership
from memberships.operations.memberships import enroll
from tests import crowd
from tests.asserts import assert_all_holds
from tests.factories import PASSWORD, PlanFactory, UserFactory, give_pin
from tests.race import OK, Rendezvous, counting_deadlocks, once, race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def unguarded_books_both(member, sessions, meeting):
    """Look for an overlap, then insert.

    Code without the exclusion constraint would do so.
    """

    def book(session):
        with connection.cursor() as cursor:
            cursor.execute(
                (
                    "SELECT count(*) FROM unguarded WHERE member = %s AND starts < %s "
                    "AND ends > %s"
                ),
                [member, session.ends_at, session.starts_at],
            )
            (clashes,) = cursor.fetchone()
            meeting.meet()
            if not clashes:
                cursor.execute(
                    "INSERT INTO unguarded VALUES (%s, %s, %s)",
                    [member, session.starts_at, session.ends_at],
                )

    return [partial(book, session) for session in sessions]


def test_control_looking_for_an_overlap_first_books_both():
    sessions = [crowd.session(), crowd.session()]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE UNLOGGED TABLE unguarded (member int, starts timestamptz, ends "
            "timestamptz)"
        )
        try:
            race(unguarded_books_both(1, sessions, Rendezvous(patience=30)))
            cursor.execute("SELECT count(*) FROM unguarded")
            assert cursor.fetchone()[0] == 2
        finally:
            cursor.execute("DROP TABLE unguarded")


def test_two_sessions_at_one_time_one_wins_and_nobody_deadlocks(now):
    """Twenty pairs of taps, each pair for the two halves of one hour."""
    sessions, members = (
        [crowd.session(), crowd.session(gym_class__starts=time(18, 30))],
        crowd.members(20),
    )
    calls = [
        partial(book_session, session_id=session.pk, member_id=member, now=now)
        for member in members
        for session in sessions
    ]
    with counting_deadlocks() as deadlocks:
        outcomes = race(calls)
    assert (outcomes.codes, deadlocks) == ({OK: 20, "overlapping_booking": 20}, [0])
    assert Booking.objects.values("member").distinct().count() == 20
    assert_all_holds()


def test_the_last_class_of_a_plan_is_used_once(now):
    """Twenty members with one class left each book two sessions at once.

    The sessions are an hour apart.
    """
    sessions, members = (
        [crowd.session(), crowd.session(gym_class__starts=time(20))],
        crowd.members(20, plan=PlanFactory(per_period=True, classes=1)),
    )
    calls = [
        partial(book_session, session_id=session.pk, member_id=member, now=now)
        for member in members
        for session in sessions
    ]
    outcomes = race(calls)
    assert outcomes.codes == {OK: 20, "allowance_used_up": 20}
    assert set(Allowance.objects.values_list("used", flat=True)) == {1}
    assert Allowance.objects.count() == Booking.objects.count() == 20
    assert_all_holds()


def test_the_first_class_of_a_month_makes_one_allowance(now):
    days = [now.date() + timedelta(days=2)] * 8
    sessions = [
        crowd.session(session_date=day, gym_class__starts=time(6 + 2 * n))
        for n, day in enumerate(days)
    ]
    (member,) = crowd.members(1, plan=PlanFactory(per_period=True, classes=5))
    outcomes = race(
        [
            partial(book_session, session_id=s.pk, member_id=member, now=now)
            for s in sessions
        ]
    )
    assert outcomes.codes == {OK: 5, "allowance_used_up": 3}
    assert Allowance.objects.values_list("granted", "used").get() == (5, 5)
    assert_all_holds()


def test_a_reserved_class_is_taken_once_by_an_impatient_member(now):
    session, (holder,) = crowd.session(1), crowd.members(1)
    (member,) = crowd.members(1, plan=PlanFactory(per_period=True, classes=1))
    booking = book_session(session_id=session.pk, member_id=holder, now=now)
    join_waitlist(session_id=session.pk, member_id=member, now=now)
    late = session.starts_at - timedelta(hours=1)
    cancel_booking(booking_id=booking.pk, actor_id=holder, now=late)
    outcomes = race(
        [partial(book_session, session_id=session.pk, member_id=member, now=late)] * 10
    )
    assert outcomes.codes == {OK: 1, "already_booked": 9}
    assert_all_holds()


def test_an_account_closed_just_before_the_claim_books_nothing(now, monkeypatch):
    """The rival commits on its own connection between the judgement and the claim."""
    session, (member,) = crowd.session(), crowd.members(1)
    close = once(
        partial(deactivate_user, user_id=member, actor_id=None, reason="", now=now)
    )
    claim = _places.claim
    monkeypatch.setattr(
        _places, "claim", lambda *args, **kwargs: (close(), claim(*args, **kwargs))[1]
    )
    outcomes = race(
        [partial(book_session, session_id=session.pk, member_id=member, now=now)]
    )
    assert outcomes.codes == {"account_closed": 1}
    assert not Booking.objects.exists()
    assert_all_holds()


def test_a_place_lost_between_judging_and_claiming_is_refused_as_full(now, monkeypatch):
    session, (member, rival) = crowd.session(1), crowd.members(2)
    claim = _places.claim
    taken = once(partial(claim_for, session, rival, now))
    monkeypatch.setattr(
        _places, "claim", lambda *args, **kwargs: (taken(), claim(*args, **kwargs))[1]
    )
    outcomes = race(
        [partial(book_session, session_id=session.pk, member_id=member, now=now)]
    )
    assert outcomes.codes == {"session_full": 1}
    assert Booking.objects.get().member_id == rival
    assert_all_holds()


def claim_for(session, member, now):
    """A rival who does not go through the watched point.

    It inserts one booking, whose row the constraint checks.
    """
    read = eligibility.facts(session_id=session.pk, member_id=member, now=now)
    _places.insert_booking(
        read,
        kind="booked",
        source="api",
        member=member,
        membership=read.entitlements[0].membership_id,
        allowance=None,
        charged=None,
        free_until=rules.free_until(read),
        actor=member,
    )


def test_a_session_called_off_between_judging_and_claiming_is_not_booked(
    now, monkeypatch
):
    session, (member,) = crowd.session(), crowd.members(1)
    call_off = once(
        lambda: ClassSession.objects.filter(pk=session.pk).update(
            status="cancelled", cancelled_at=now
        )
    )
    claim = _places.claim
    monkeypatch.setattr(
        _places,
        "claim",
        lambda *args, **kwargs: (call_off(), claim(*args, **kwargs))[1],
    )
    outcomes = race(
        [partial(book_session, session_id=session.pk, member_id=member, now=now)]
    )
    assert outcomes.codes == {"session_cancelled": 1}
    assert_all_holds()


class TestTokens:
    @pytest.fixture
    def pair(self, now):
        UserFactory(username="ada")
        return log_ins.log_in(name="ada", password=PASSWORD, now=now)

    def test_control_reading_then_writing_gives_two_pairs_for_one_token(
        self, pair, now
    ):
        meeting = Rendezvous(patience=30)

        def careless(access):
            found = ApiSession.objects.get(
                refresh_hash=log_ins.tokens.digest(pair.refresh_token)
            )
            meeting.meet()
            ApiSession.objects.filter(pk=found.pk).update(access_hash=access)
            return access

        assert race([partial(careless, b"1"), partial(careless, b"2")]).codes == {OK: 2}

    def test_one_refresh_token_used_by_20_at_once_gives_one_pair(self, pair, now):
        outcomes = race(
            [partial(log_ins.refresh, refresh_token=pair.refresh_token, now=now)] * 20
        )
        assert outcomes.codes == {OK: 1, "bad_token": 19}
        (winner,) = outcomes.values
        # a token that comes twice is stolen or repeated: nobody can tell which, so the
        # session is over
        assert by_access_token(winner.access_token, now=now) is None
        assert ApiSession.objects.get().is_active is False


def test_one_scan_sent_20_times_at_once_is_one_check_in(now):
    session, (member,) = crowd.session(), crowd.members(1)
    booking = book_session(session_id=session.pk, member_id=member, now=now)
    scan = partial(
        check_in,
        member_id=member,
        branch_id=session.branch_id,
        method="kiosk_code",
        nonce=uuid4(),
        now=session.starts_at,
    )
    outcomes = race([scan] * 20)
    assert outcomes.codes == {OK: 20}
    assert sorted(visit.repeated for visit in outcomes.values) == [False] + [True] * 19
    assert {visit.checkin.pk for visit in outcomes.values} == {CheckIn.objects.get().pk}
    assert Event.objects.filter(kind="checked_in").count() == 1
    booking.refresh_from_db()
    assert booking.status == "attended"
    assert_all_holds()


def test_coming_in_and_cancelling_at_once_end_in_one_of_the_two(now):
    session, members = crowd.session(), crowd.members(10)
    bookings = [
        book_session(session_id=session.pk, member_id=member, now=now)
        for member in members
    ]
    calls = []
    for booking in bookings:
        calls += [
            partial(
                cancel_booking,
                booking_id=booking.pk,
                actor_id=booking.member_id,
                now=session.starts_at,
            ),
            partial(
                check_in,
                member_id=booking.member_id,
                branch_id=session.branch_id,
                method="desk",
                now=session.starts_at,
            ),
        ]
    with counting_deadlocks() as deadlocks:
        outcomes = race(calls)
    assert deadlocks == [0]
    cancelled = Booking.objects.filter(status="cancelled").count()
    assert cancelled + Booking.objects.filter(status="attended").count() == 10
    assert outcomes.codes == Counter(
        {OK: 10 + cancelled, "wrong_booking_state": 10 - cancelled}
    )
    assert_all_holds()


def test_of_20_who_enroll_one_person_one_succeeds(now):
    member, plan = UserFactory(), PlanFactory()
    outcomes = race(
        [
            partial(
                enroll,
                member_id=member.pk,
                plan_id=plan.pk,
                actor_id=member.pk,
                now=now,
            )
        ]
        * 20
    )
    assert outcomes.codes == {OK: 1, "already_member": 19}
    assert Membership.objects.count() == Payment.objects.count() == 1


def test_a_payment_taken_20_times_at_once_is_in_the_ledger_once(now):
    member, plan = UserFactory(), PlanFactory()
    enroll(member_id=member.pk, plan_id=plan.pk, actor_id=member.pk, now=now)
    payment = Payment.objects.get()
    outcomes = race(
        [partial(take_payment, payment_id=payment.pk, actor_id=member.pk, now=now)] * 20
    )
    assert outcomes.codes == {OK: 20}
    assert payment.entries.count() == 1


def test_one_name_registered_by_10_at_once_is_one_account(now):
    calls = [
        partial(
            register_user,
            username="Ada" if n % 2 else "ADA",
            email=f"a{n}@example.com",
            password=PASSWORD,
            now=now,
        )
        for n in range(10)
    ]
    assert race(calls).codes == {OK: 1, "username_taken": 9}


def test_20_guesses_of_a_pin_at_once_are_five_guesses(now):
    user = UserFactory()
    user.refresh_from_db()
    give_pin(user, "402917")
    guess = partial(
        member_by_pin, member_number=user.member_number, pin="000001", now=now
    )
    assert race([guess] * 20).codes == {"bad_pin": 5, TooMany.code: 15}

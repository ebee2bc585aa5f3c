"""Two hundred people, twenty places."""

from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from bookings.models import Booking
from bookings.operations.bookings import book_session
from gymsite.core.models import Event
from tests import crowd
from tests.asserts import assert_all_holds
from tests.race import CONNECTIONS, OK, Rendezvous, race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

PEOPLE, PLACES = 200, 20


def test_control_counting_first_and_inserting_then_oversells():
    """The same crowd, connections and harness against tables without their guards.

    Copies of the tables stand in. Every connection counts before any of them writes, so
    each wave of 16 believes what it read: the second wave starts at 16 of 20 and ends
    at 32.
    """
    session = crowd.session(PLACES)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE UNLOGGED TABLE unguarded_booking (session_id bigint, member_id int)"
        )
    try:
        waves = [
            Rendezvous(CONNECTIONS, patience=30)
            for _ in range(PEOPLE // CONNECTIONS + 1)
        ]
        calls = [
            partial(_count_then_insert, session.pk, n, waves[n // CONNECTIONS])
            for n in range(PEOPLE)
        ]
        outcomes = race(calls)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM unguarded_booking")
            sold = cursor.fetchone()[0]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unguarded_booking")
    assert sold == outcomes.codes[OK] == 2 * CONNECTIONS > PLACES


def _count_then_insert(session_id: int, member: int, wave: Rendezvous) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) < %s FROM unguarded_booking WHERE session_id = %s",
            [PLACES, session_id],
        )
        (free,) = cursor.fetchone()
        # the last, smaller wave has nobody to wait for
        if member < PEOPLE - PEOPLE % CONNECTIONS:
            wave.meet_again()
        if not free:
            raise AssertionError("full")
        cursor.execute(
            "INSERT INTO unguarded_booking VALUES (%s, %s)", [session_id, member]
        )
        if member < PEOPLE - PEOPLE % CONNECTIONS:
            wave.meet_again()


def test_of_200_at_once_on_20_places_exactly_20_book_and_180_hear_that_it_is_full():
    session, members, now = crowd.session(PLACES), crowd.members(PEOPLE), timezone.now()
    outcomes = race(
        [
            partial(book_session, session_id=session.pk, member_id=member, now=now)
            for member in members
        ]
    )
    assert outcomes.codes == {OK: PLACES, "session_full": PEOPLE - PLACES}
    session.refresh_from_db()
    assert session.booked_count == PLACES
    assert Booking.objects.filter(session=session, status="booked").count() == PLACES
    assert Event.objects.filter(kind="booked").count() == PLACES
    assert {booking.pk for booking in outcomes.values} == set(
        Booking.objects.values_list("pk", flat=True)
    )
    assert_all_holds()


def test_one_member_who_taps_twenty_times_has_one_place():
    session, (member,), now = crowd.session(PLACES), crowd.members(1), timezone.now()
    outcomes = race(
        [partial(book_session, session_id=session.pk, member_id=member, now=now)] * 20
    )
    assert outcomes.codes == {OK: 1, "already_booked": 19}
    assert_all_holds()

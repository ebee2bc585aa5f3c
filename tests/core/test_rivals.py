"""A rival's lock makes a request run once more, or be told to come back.

It runs once more where that is safe; it never ends in a server error. The locks are
real ones, held by another connection; so is the deadlock, which the server breaks up.
"""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from bookings.models import Booking
from gymsite.core import rivals
from memberships.models import Allowance
from tests.api import Api, assert_problem, token_for
from tests.factories import (
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session():
    return SessionFactory()


@pytest.fixture
def member():
    return MemberFactory()


@pytest.fixture(autouse=True)
def impatient():
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout; RESET statement_timeout")


class Rival:
    """Another connection that holds a session's row until ``let_go``."""

    def __init__(self, session):
        self.cursor = connection.copy().cursor()
        self.cursor.execute("BEGIN")
        self.cursor.execute(
            "SELECT FROM bookings_classsession WHERE id = %s FOR UPDATE", [session.pk]
        )

    def let_go(self):
        self.cursor.execute("ROLLBACK")

    def close(self):
        self.let_go()
        self.cursor.connection.close()


@pytest.fixture
def rival(session):
    rival = Rival(session)
    yield rival
    rival.close()


@contextmanager
def gone_by_the_second_time(monkeypatch, rival):
    """The rival lets go when it is asked whether the request may be repeated."""
    may_repeat = rivals.may_repeat

    def asked():
        rival.let_go()
        return may_repeat()

    with monkeypatch.context() as patched:
        patched.setattr(rivals, "may_repeat", asked)
        yield


class TestApi:
    def test_who_meets_a_rival_twice_is_told_when_to_come_back(
        self, member, session, rival
    ):
        response = Api(member).post("/bookings/book", {"session_id": session.pk})
        assert_problem(response, 503, "busy")
        assert response["Retry-After"] == "2"
        assert not Booking.objects.exists()

    def test_with_a_key_too_and_the_key_is_free_again(self, member, session, rival):
        api, body = Api(member), {"session_id": session.pk}
        assert_problem(api.post("/bookings/book", body, key="k1"), 503, "busy")
        rival.let_go()
        assert api.post("/bookings/book", body, key="k1").status_code == 201

    @pytest.mark.parametrize("key", [None, "k1"])
    def test_a_rival_that_is_gone_by_the_second_time_is_not_noticed(
        self, member, session, rival, monkeypatch, key
    ):
        with gone_by_the_second_time(monkeypatch, rival):
            response = Api(member).post(
                "/bookings/book", {"session_id": session.pk}, key=key
            )
        assert response.status_code == 201
        assert Booking.objects.count() == 1

    def test_a_statement_that_takes_too_long_likewise(self, member, session, rival):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0; SET statement_timeout = '100ms'")
        assert_problem(
            Api(member).post("/bookings/book", {"session_id": session.pk}), 503, "busy"
        )


class TestPages:
    @pytest.fixture
    def browser(self, client, member):
        client.force_login(member)
        return client

    def test_a_page_says_it_in_the_sites_words(self, browser, session, rival):
        response = browser.post(f"/classes/{session.pk}/book/")
        assert (response.status_code, response["Retry-After"]) == (503, "2")
        assert "Many want the same thing at this moment" in response.content.decode()
        assert not Booking.objects.exists()

    def test_a_fragment_says_it_where_everything_is_said(self, browser, session, rival):
        response = browser.post(
            f"/classes/{session.pk}/book/", headers={"HX-Request": "true"}
        )
        assert (response.status_code, response["HX-Retarget"]) == (503, "#toasts")
        assert "Try again in a moment." in response.content.decode()

    def test_a_rival_that_is_gone_by_the_second_time_is_not_noticed(
        self, browser, session, rival, monkeypatch
    ):
        with gone_by_the_second_time(monkeypatch, rival):
            response = browser.post(f"/classes/{session.pk}/book/")
        assert response.status_code < 400
        assert Booking.objects.count() == 1


def test_a_deadlock_that_the_server_breaks_up_is_not_noticed(session):
    """The rival has the allowance and wants the session.

    The booking has the session and wants the allowance.
    """
    member = UserFactory()
    MembershipFactory(member=member, plan=PlanFactory(per_period=True))
    token, api = token_for(member), None
    Api(token=token).post("/bookings/book", {"session_id": session.pk})
    Api(token=token).delete(f"/bookings/{session.pk}/cancel")
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
    with connection.copy().cursor() as other:
        # so that the booking finds the deadlock, and is broken off
        other.execute("SET deadlock_timeout = '20s'")
        other.execute("BEGIN")
        other.execute("UPDATE memberships_allowance SET granted = granted WHERE id > 0")
        before = _deadlocks()
        crossing = threading.Thread(target=_cross, args=(other, session))
        crossing.start()
        api = Api(token=token).post("/bookings/book", {"session_id": session.pk})
        crossing.join(30)
        other.connection.close()
    assert api.status_code == 201
    assert (
        Booking.objects.filter(status="booked").count()
        == Allowance.objects.get().used
        == 1
    )
    assert _deadlocks() == before + 1


def _cross(other, session):
    """Ask for the session as soon as somebody waits, then let go of everything."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
        "wait_event_type = 'Lock'"
    )
    end = time.monotonic() + 30
    while not _one(other, waiting) and time.monotonic() < end:
        other.execute("SELECT pg_stat_clear_snapshot()")
    other.execute(
        "SELECT FROM bookings_classsession WHERE id = %s FOR UPDATE", [session.pk]
    )
    other.execute("COMMIT")


def _deadlocks():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        return _one(
            cursor,
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
        )


def _one(cursor, query):
    cursor.execute(query)
    return cursor.fetchone()[0]


class TestWhatMayBeRepeated:
    """Only a request that left nothing behind may be repeated.

    A request that asked a gateway has committed a payment before.
    """

    def run(self, *statements):
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def test_what_only_read_may(self):
        rivals.begin()
        self.run("SELECT 1", "SELECT 1 FROM core_user FOR NO KEY UPDATE")
        assert rivals.may_repeat()

    def test_what_was_committed_may_not(self):
        rivals.begin()
        with transaction.atomic():
            self.run("SELECT 1")
        assert not rivals.may_repeat()

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE core_user SET phone = ''",
            "WITH gone AS (DELETE FROM core_throttle RETURNING key) SELECT 1 FROM gone",
        ],
    )
    def test_what_was_written_outside_a_transaction_may_not(self, statement):
        rivals.begin()
        self.run(statement)
        assert not rivals.may_repeat()

    def test_what_was_undone_may(self, member):
        rivals.begin()
        with pytest.raises(RuntimeError), transaction.atomic():
            self.run("UPDATE core_user SET phone = '1'")
            raise RuntimeError
        assert rivals.may_repeat()

    def test_nothing_within_a_transaction_may(self):
        rivals.begin()
        with transaction.atomic():
            assert not rivals.may_repeat()

    def test_of_whom_ran_too_much_to_remember_nothing_is_claimed(self):
        rivals.begin()
        self.run(*["SELECT 1"] * 64)
        assert not rivals.may_repeat()

    def test_other_failures_are_not_a_rivals(self):
        rivals.begin()
        ran = []

        def act():
            ran.append(1)
            self.run("SELECT 1 / 0")

        with pytest.raises(DatabaseError):
            rivals.once_more(act)
        assert ran == [1]

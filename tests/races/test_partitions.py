"""A month is made while somebody holds a transaction open.

The others book and check in meanwhile.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from bookings.models import CheckIn
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.checkins import check_in
from gymsite.core import partitions
from gymsite.core.models import User
from tests.factories import MemberFactory, SessionFactory
from tests.race import Outcomes, after, while_held

pytestmark = pytest.mark.django_db(transaction=True)

FAR = date(2020, 1, 1)
MONTH = "bookings_checkin_2020_01"
BOUNDS = "FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2020-02-01 00:00+00')"
# the wait of others for a lock: 100 ms per try, and what a busy machine adds
SOME_100_MS = "400ms"


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def rows(sql: str, *parameters) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


@pytest.fixture(autouse=True)
def far_months(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(partitions, "TRIES", 500)
    monkeypatch.setattr(partitions, "PAUSE", 0.02)
    yield
    run(f"DROP TABLE IF EXISTS {MONTH}")


def make() -> list[str]:
    return partitions.ensure("bookings_checkin", FAR, FAR)


def make_as_before() -> None:
    run(f"CREATE TABLE {MONTH} PARTITION OF bookings_checkin {BOUNDS}")


def make_with_keys_beforehand() -> None:
    run(
        f"CREATE TABLE {MONTH} (LIKE bookings_checkin INCLUDING ALL)",
        f"ALTER TABLE {MONTH} ADD CONSTRAINT bookings_checkin_member_fk FOREIGN KEY "
        "(member_id) REFERENCES core_user (id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE bookings_checkin ATTACH PARTITION {MONTH} {BOUNDS}",
    )


@pytest.fixture
def go_on():
    """Book, check in and cancel another, ten times.

    A wait for a lock longer than some 100 ms fails.
    """
    now = timezone.now()
    member, session = MemberFactory(), SessionFactory()

    def calls() -> None:
        run(f"SET lock_timeout = '{SOME_100_MS}'")
        for _ in range(10):
            booking = book_session(session_id=session.pk, member_id=member.pk, now=now)
            check_in(
                member_id=member.pk, branch_id=session.branch_id, method="desk", now=now
            )
            cancel_booking(booking_id=booking.pk, actor_id=member.pk, now=now)

    return calls


def read_visits() -> None:
    assert CheckIn.objects.count() == 0


def read_accounts() -> None:
    for _ in range(10):
        run(f"SET lock_timeout = '{SOME_100_MS}'", "SELECT FROM core_user")


def write_accounts() -> None:
    User.objects.update(last_name="Held")


def while_open(hold: Callable[[], object], *calls: Callable[[], object]) -> Outcomes:
    """The outcomes of calls that meet an open transaction of ``hold``.

    It stays open until the last of the calls is over.
    """
    over = threading.Event()

    def last() -> object:
        try:
            return calls[-1]()
        finally:
            over.set()

    return while_held(hold, [*calls[:-1], last], seen=lambda: over.wait(60))


def test_others_go_on_while_a_month_is_made(go_on):
    made, others = while_open(read_visits, make, go_on).all
    assert others.error is None
    assert made.value == [MONTH]


def test_negative_control_the_old_way_stops_everybody(go_on):
    made, others = while_open(read_visits, make_as_before, go_on).all
    assert (made.code, others.code) == ("ok", "55P03")


def test_who_writes_accounts_for_long_only_delays_the_month():
    MemberFactory()
    made, other = while_open(write_accounts, make, read_accounts).all
    assert (made.value, other.code) == ([MONTH], "ok")


def locks_on(table: str, making) -> set[str]:
    """The locks that making a month takes on a table."""
    with transaction.atomic():
        making()
        sql = (
            "SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = "
            "%s::regclass"
        )
        modes = {mode for (mode,) in rows(sql, table)}
        transaction.set_rollback(True)
    return modes


def test_foreign_keys_made_beforehand_would_lock_readers_of_accounts_out():
    assert "AccessExclusiveLock" not in locks_on("core_user", make)
    assert "AccessExclusiveLock" in locks_on("core_user", make_with_keys_beforehand)


def test_the_table_itself_is_locked_against_ddl_alone():
    assert "AccessExclusiveLock" not in locks_on("bookings_checkin", make)
    assert "AccessExclusiveLock" in locks_on("bookings_checkin", make_as_before)


def test_a_killed_try_leaves_nothing_and_the_next_one_makes_the_month(monkeypatch):
    with monkeypatch.context() as patch:
        after(
            patch,
            partitions,
            "_make_beside",
            lambda: run("SELECT pg_terminate_backend(pg_backend_pid())"),
        )
        with pytest.raises(DatabaseError):
            make()
    connection.close()
    assert rows("SELECT to_regclass(%s) IS NULL", MONTH) == [(True,)]
    assert make() == [MONTH]


def test_two_who_make_the_same_month_make_it_once():
    made = while_held(read_visits, [make, make]).all
    assert sorted(outcome.value for outcome in made) == [[], [MONTH]]


def test_it_gives_up_after_so_many_tries(monkeypatch):
    monkeypatch.setattr(partitions, "TRIES", 2)
    (made,) = while_open(read_visits, make).all
    assert made.code == "StillInUse"


def test_what_came_while_no_month_was_there_moves_into_it():
    member, at = MemberFactory(), datetime(2020, 1, 31, 23, 59, tzinfo=UTC)
    for moment in (at, at + timedelta(minutes=1)):
        CheckIn.objects.create(
            at=moment, branch=member.home_branch, member=member, method="desk"
        )
    home = "SELECT tableoid::regclass::text FROM bookings_checkin ORDER BY at"
    assert rows(home) == [("bookings_checkin_default",)] * 2
    assert make() == [MONTH]
    assert rows(home) == [(MONTH,), ("bookings_checkin_default",)]
    with pytest.raises(DatabaseError, match="core_user"):  # the keys hold in it too
        run(f"UPDATE {MONTH} SET member_id = -1")


def test_what_comes_while_rows_are_moved_moves_too(monkeypatch):
    member = MemberFactory()

    def come() -> None:
        at = datetime(2020, 1, 15, tzinfo=UTC)
        CheckIn.objects.create(
            at=at, branch=member.home_branch, member=member, method="desk"
        )

    come()
    after(monkeypatch, partitions, "_make_beside", come)
    assert make() == [MONTH]
    assert rows(f"SELECT count(*) FROM {MONTH}") == [(2,)]


def test_a_month_that_is_dropped_keeps_nobody_waiting_either(go_on):
    make()
    drop = partial(partitions.drop_before, "bookings_checkin", date(2020, 2, 1))
    made, others = while_open(read_visits, drop, go_on).all
    assert others.error is None
    assert made.value == [MONTH]


def test_the_months_that_the_default_holds_are_made_with_those_ahead():
    member, today = MemberFactory(), timezone.now().date()
    CheckIn.objects.create(
        at=datetime(2020, 1, 15, tzinfo=UTC),
        branch=member.home_branch,
        member=member,
        method="desk",
    )
    partitions.keep_ahead("bookings_checkin", today)
    assert rows("SELECT tableoid::regclass::text FROM bookings_checkin") == [(MONTH,)]
    assert partitions.keep_ahead("bookings_checkin", today) == []

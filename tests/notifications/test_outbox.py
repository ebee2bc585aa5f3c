"""From events to notices, and what a failing handler does to them.

A handler that fails is put off and holds nobody up; what it writes happens once.
"""

from datetime import timedelta

import pytest

from gymsite.core.models import Event, Notification, Outbox
from gymsite.core.operations.events import record
from gymsite.notifications import outbox
from gymsite.notifications.operations import notify
from tests.event_kinds import Made
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def handlers(monkeypatch):
    """A registry of handlers that belongs to the test."""
    registry = {}
    monkeypatch.setattr(outbox, "_HANDLERS", registry)
    return registry


def tells(event):
    notify(event.member_id, kind=event.kind, title="Told", at=event.at)


def tells_and_fails(event):
    tells(event)
    raise RuntimeError("no such template")


def happen(kind, user, now):
    return record(kind, user, at=now)


def test_each_event_is_handled_once(handlers, user, now):
    outbox.on(Made.GOOD, tells)
    happen(Made.GOOD, user, now)
    assert [outbox.drain(now=now), outbox.drain(now=now)] == [1, 0]
    assert Notification.objects.count() == 1
    assert Event.objects.count() == 1


def test_an_event_without_a_handler_leaves_the_outbox(handlers, user, now):
    happen(Made.HAPPENED, user, now)
    assert outbox.drain(now=now) == 1
    assert not Outbox.objects.exists()


def test_a_failing_handler_writes_nothing_and_the_others_go_on(handlers, user, now):
    outbox.on(Made.BAD, tells_and_fails)
    outbox.on(Made.GOOD, tells)
    for kind in (Made.BAD, Made.GOOD):
        happen(kind, user, now)
    outbox.drain(now=now)
    assert Notification.objects.get().kind == "good"
    row = Outbox.objects.get()
    assert (row.attempts, row.due_at, row.error) == (
        1,
        now + timedelta(seconds=2),
        "RuntimeError('no such template')",
    )


def test_what_failed_is_tried_again_when_it_is_due_and_not_before(handlers, user, now):
    outbox.on(Made.BAD, tells_and_fails)
    happen(Made.BAD, user, now)
    outbox.drain(now=now)
    assert outbox.drain(now=now + timedelta(seconds=1)) == 0
    handlers["bad"] = [tells]
    assert outbox.drain(now=now + timedelta(seconds=2)) == 1
    assert (Notification.objects.count(), Outbox.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_what_only_the_commit_would_refuse_holds_nobody_else_up(handlers, user, now):
    """A foreign key is checked at COMMIT.

    A failing one undid all 200 events of the run, and did so again at every run after
    it.
    """
    outbox.on(
        Made.BAD,
        lambda event: notify(999_999, kind=event.kind, title="Told", at=event.at),
    )
    outbox.on(Made.GOOD, tells)
    for kind in (Made.BAD, Made.GOOD):
        happen(kind, user, now)
    outbox.drain(now=now)
    assert Notification.objects.get().kind == "good"
    assert "foreign key" in Outbox.objects.get().error


@pytest.mark.parametrize("attempts", [12, 47, 5000])
def test_an_event_that_fails_for_weeks_waits_an_hour_each_time(
    handlers, user, now, attempts
):
    """2 ** 47 seconds are more than a date can hold.

    The sum must not stop the events behind it.
    """
    outbox.on(Made.BAD, tells_and_fails)
    outbox.on(Made.GOOD, tells)
    for kind in (Made.BAD, Made.GOOD):
        happen(kind, user, now)
    Outbox.objects.filter(
        event_id=Outbox.objects.order_by("event_id").first().pk
    ).update(attempts=attempts)
    outbox.drain(now=now)
    assert Outbox.objects.get().due_at == now + timedelta(hours=1)
    assert Notification.objects.get().kind == "good"


def test_a_database_error_in_a_handler_spoils_only_its_own_event(handlers, user, now):
    outbox.on(
        Made.BAD,
        lambda event: notify(
            event.member_id, kind="x" * 41, title="too long a kind", at=event.at
        ),
    )
    outbox.on(Made.GOOD, tells)
    for kind in (Made.BAD, Made.GOOD):
        happen(kind, user, now)
    outbox.drain(now=now)
    assert Notification.objects.get().kind == "good"


def test_a_handler_that_is_later_than_its_limit_waits_for_the_next_drain(
    handlers, user, now
):
    outbox.on(Made.GOOD, tells)
    for _ in range(5):
        happen(Made.GOOD, user, now)
    assert [outbox.drain(now=now, limit=3), outbox.drain(now=now, limit=3)] == [3, 2]
    assert Notification.objects.count() == 5


def test_events_of_which_none_fails_share_their_savepoint(
    handlers, user, now, django_assert_num_queries
):
    """An event's own cost is that of its handler; the rest is paid once per run."""
    outbox.on(Made.GOOD, lambda event: None)
    for count in (2, 9):
        for _ in range(count):
            happen(Made.GOOD, user, now)
        with django_assert_num_queries(10):
            outbox.drain(now=now)

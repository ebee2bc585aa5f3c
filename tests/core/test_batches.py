"""One row that fails never stops the others.

It is undone, put off for longer each time, and shown to staff.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from gymsite.core import batches
from gymsite.core.batches import each_row
from gymsite.core.models import PutOff
from gymsite.dashboard.queues import work_queue
from tests.factories import BranchFactory, UserFactory

pytestmark = pytest.mark.django_db

JOB = "core.test"
MINUTE = timedelta(minutes=1)


class Overtaken(Exception):
    """Somebody was quicker."""


def failing_for(*bad, error=RuntimeError):
    """An act that writes, and then fails for some rows."""

    def act(key):
        BranchFactory(name=f"Branch {key}", slug=f"branch-{key}")
        if key in bad:
            raise error("broken")
        return key

    return act


def put_off():
    return dict(PutOff.objects.values_list("subject_id", "attempts"))


def test_the_rows_around_a_failing_one_are_done_and_it_is_undone(now, caplog):
    batch = each_row(JOB, [1, 2, 3], failing_for(2), now=now)
    assert (batch.values, batch.failed, batch.waiting) == ([1, 3], 1, 0)
    row = PutOff.objects.get()
    assert (
        row.job,
        row.subject_id,
        row.attempts,
        row.first_at,
        row.due_at,
        row.error,
    ) == (
        JOB,
        2,
        1,
        now,
        now + MINUTE,
        "RuntimeError('broken')",
    )
    slugs = set(BranchFactory._meta.model.objects.values_list("slug", flat=True))
    assert slugs == {"branch-1", "branch-3"}
    assert "core.test failed for 2" in caplog.text


def test_what_is_put_off_waits_longer_each_time_and_is_forgotten_when_done(now):
    for after, attempts in ((0, 1), (1, 2), (3, 3)):
        each_row(JOB, [2], failing_for(2), now=now + after * MINUTE)
        assert put_off() == {2: attempts}
    early = each_row(JOB, [2], failing_for(), now=now + 6 * MINUTE)
    assert (early.values, early.waiting, early.left) == ([], 1, 1)
    assert each_row(JOB, [2], failing_for(), now=now + 7 * MINUTE).values == [2]
    assert put_off() == {}


def test_what_the_job_does_not_find_any_more_is_forgotten_and_other_jobs_keep_theirs(
    now,
):
    each_row(JOB, [2, 3], failing_for(2, 3), now=now)
    each_row("core.other", [2], failing_for(2), now=now)
    each_row(JOB, [3], failing_for(), now=now)
    assert set(PutOff.objects.values_list("job", "subject_id")) == {
        (JOB, 3),
        ("core.other", 2),
    }


def test_a_row_that_somebody_else_has_done_is_not_put_off(now):
    batch = each_row(
        JOB, [1, 2], failing_for(1, error=Overtaken), now=now, over=(Overtaken,)
    )
    assert (batch.values, batch.left, put_off()) == ([2], 0, {})


def test_rows_of_a_model_are_known_by_their_key(now):
    user = UserFactory()

    def fail(row):
        raise RuntimeError(row.username)

    each_row(JOB, [user], fail, now=now)
    assert put_off() == {user.pk: 1}


def test_a_failed_statement_does_not_spoil_the_transaction_around_the_job(now):
    def act(key):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 / {key}")

    assert each_row(JOB, [0, 1], act, now=now).failed == 1
    assert PutOff.objects.get().error.startswith("DataError('division by zero")


@pytest.mark.django_db(transaction=True)
def test_an_act_that_asks_a_network_is_in_no_transaction(now):
    seen = []
    each_row(
        JOB,
        [1],
        lambda key: seen.append(connection.in_atomic_block),
        now=now,
        in_transaction=False,
    )
    each_row(JOB, [1], lambda key: seen.append(connection.in_atomic_block), now=now)
    assert seen == [False, True]


@pytest.mark.django_db(transaction=True)
def test_what_a_deferred_constraint_refuses_at_the_end_is_put_off_too(now):
    user = UserFactory()

    def act(key):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE core_user SET home_branch_id = %s WHERE id = %s", [key, user.pk]
            )

    assert each_row(JOB, [999_999, user.home_branch_id], act, now=now).failed == 1
    user.refresh_from_db()
    assert put_off() == {999_999: 1}


@pytest.mark.django_db(transaction=True)
def test_a_row_that_loses_the_connection_is_put_off_and_the_next_has_a_new_one(now):
    def act(key):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pg_backend_pid()) WHERE %s = 1", [key]
            )

    assert each_row(JOB, [1, 2], act, now=now).failed == 1
    assert put_off() == {1: 1}


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_for_long_is_put_off_and_the_others_go_on(
    now, monkeypatch
):
    monkeypatch.setattr(batches, "LONGEST_LOCK", "50ms")
    held, free = UserFactory(), UserFactory()

    def act(user):
        type(user).objects.select_for_update().get(pk=user.pk)

    with connection.copy().cursor() as other:
        other.execute("BEGIN")
        other.execute("SELECT FROM core_user WHERE id = %s FOR UPDATE", [held.pk])
        assert each_row(JOB, [held, free], act, now=now).failed == 1
        other.execute("ROLLBACK")
        other.connection.close()
    assert put_off() == {held.pk: 1}


@pytest.mark.parametrize("attempts", [20, 47, 5000])
def test_what_fails_for_weeks_waits_six_hours_each_time(attempts):
    assert batches.wait_after(attempts) == timedelta(hours=6)


def test_a_job_that_no_clock_starts_is_retried_for_ever():
    class Job:
        attempts = 100

    decision = batches.Persistent().get_retry_decision(
        exception=RuntimeError(), job=Job()
    )
    assert decision.retry_at - timezone.now() > timedelta(hours=5)


def test_staff_see_how_much_is_put_off(now):
    each_row(JOB, [1, 2], failing_for(1, 2), now=now)
    tiles = {
        tile.label: tile.count
        for tile in work_queue([], UserFactory(role="manager"), now)
    }
    assert tiles["Work put off"] == 2
    assert "Work put off" not in {
        tile.label for tile in work_queue([], UserFactory(role="front_desk"), now)
    }
